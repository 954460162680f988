import io
import re
import unittest

import pytest

import airlock
from airlock.testing import AirlockAssertions, EffectsAssertionError


def charge(order): ...


def send_receipt(order, copy=False): ...


class Place:
    def place(self, order):
        with airlock.scope():
            airlock.enqueue(charge, order)
            airlock.enqueue(send_receipt, order)


class Passes(Place, AirlockAssertions, unittest.TestCase):
    def test_with_arguments(self):
        with self.assertEnqueued(send_receipt, order=1) as effects:
            self.place(1)
        assert len(effects) == 2

    def test_without_arguments(self):
        with self.assertEnqueued("send_receipt"):
            self.place(1)

    def test_options(self):
        with self.assertEnqueued(charge, 1, _dispatch_options={"queue": "mail"}), airlock.scope():
            airlock.options(queue="mail").enqueue(charge, 1)

    def test_another_task(self):
        with self.assertNotEnqueued("refund"):
            self.place(1)

    def test_number(self):
        with self.assertNumEnqueued(2), self.assertNumEnqueued(1, task=charge):
            self.place(1)

    def test_nothing(self):
        with self.assertNothingEnqueued():
            pass
        with self.assertNothingEnqueued(except_=(charge, send_receipt)):
            self.place(1)

    def test_recording(self):
        effects = self.recordEffects()
        self.place(1)
        effects.assert_enqueued_with(charge, 1)
        with self.assertNumEnqueued(2):
            self.place(2)
        assert len(effects) == 4


class PassesAsync(Place, AirlockAssertions, unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.effects = self.recordEffects()

    async def test_async(self):
        with self.assertEnqueued(send_receipt, 1):
            async with airlock.scope():
                airlock.enqueue(send_receipt, 1)
        self.effects.assert_enqueued(send_receipt)


class Fails(Place, AirlockAssertions, unittest.TestCase):
    __test__ = False

    def test_with_arguments(self):
        with self.assertEnqueued(send_receipt, 2):
            self.place(1)

    def test_without_arguments(self):
        with self.assertEnqueued("refund"):
            self.place(1)

    def test_another_task(self):
        with self.assertNotEnqueued(charge):
            self.place(1)

    def test_number(self):
        with self.assertNumEnqueued(1):
            self.place(1)

    def test_number_of_a_task(self):
        with self.assertNumEnqueued(2, task=charge):
            self.place(1)

    def test_nothing(self):
        with self.assertNothingEnqueued(except_=charge):
            self.place(1)

    def test_block_that_was_not_entered(self):
        self.assertEnqueued(charge, 1)


class Raises(AirlockAssertions, unittest.TestCase):
    __test__ = False

    def test_block_that_raises(self):
        with self.assertEnqueued(charge, 1):
            raise LookupError("no stock")


def run(case):
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(case)
    return unittest.TextTestRunner(stream=io.StringIO()).run(suite)


@pytest.mark.parametrize("case", [Passes, PassesAsync])
def test_assertions_that_hold_pass(case):
    result = run(case)
    assert result.testsRun == len(unittest.defaultTestLoader.getTestCaseNames(case))
    assert result.failures == result.errors == []


def test_assertions_that_do_not_hold_fail():
    result = run(Fails)
    assert len(result.failures) == result.testsRun == 7
    assert result.errors == []


def test_a_failure_shows_the_message_and_no_frame_of_the_library():
    result = run(Fails)
    shown = {test.id().rpartition(".")[2]: text for test, text in result.failures}
    assert "send_receipt(2) was not enqueued." in shown["test_with_arguments"]
    assert "order: 1 != 2" in shown["test_with_arguments"]
    not_entered = shown["test_block_that_was_not_entered"]
    said = r"assertEnqueued\(\) at \S+py:\d+ Fails\.test_block_that_was.* has checked nothing: write `with"
    assert re.search(said, not_entered)
    assert not [name for name, text in shown.items() if "airlock/testing/" in text]


def test_a_block_that_raises_is_not_checked():
    ((_, text),) = run(Raises).errors
    assert "LookupError: no stock" in text
    assert EffectsAssertionError.__name__ not in text
