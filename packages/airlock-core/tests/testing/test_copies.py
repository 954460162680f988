"""What test runners copy, and send from process to process."""

import pickle
from copy import deepcopy

import pytest

import airlock
from airlock.testing import EffectsAssertionError, capture


def test_a_copy_of_a_recording_has_its_intents_and_performs_none_of_them_again():
    performed = []

    def perform(number):
        performed.append(number)

    with capture() as effects:
        airlock.enqueue(perform, 1)
        with airlock.scope(airlock.DropAll()):
            airlock.enqueue(perform, 2)
        effects.run()
    copied = deepcopy(effects)
    copied.run()
    assert copied == effects
    assert copied.dropped == effects.dropped
    assert performed == [1]
    copied.clear()
    assert len(effects) == len(effects.dropped) == 1


def test_a_failure_can_be_sent_to_another_process():
    with capture() as effects:
        airlock.enqueue(lambda: None)
    with pytest.raises(EffectsAssertionError) as raised:
        effects.assert_nothing_enqueued()
    raised.value.add_note("in a test")
    sent = pickle.loads(pickle.dumps(raised.value))
    assert (type(sent), str(sent), sent.__notes__) == (EffectsAssertionError, str(raised.value), ["in a test"])
    assert raised.value.recording is effects
    assert sent.recording is None


def test_an_error_of_airlock_can_be_sent_to_another_process():
    def local(): ...

    with pytest.raises(airlock.NoScopeError) as raised:
        airlock.enqueue(local)
    sent = pickle.loads(pickle.dumps(raised.value))
    assert (type(sent), str(sent)) == (airlock.NoScopeError, str(raised.value))
    assert raised.value.task is local
    assert sent.task is None
