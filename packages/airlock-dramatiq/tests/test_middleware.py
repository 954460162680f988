"""Middleware that acts when a message is enqueued is called as Dramatiq calls it, on every kind of broker."""

import pytest
from dramatiq import Middleware
from dramatiq.middleware import MiddlewareError

import airlock
from airlock import Scope
from airlock.integrations.executors.dramatiq import dramatiq_executor

COUNT = 10


def note(number):
    raise AssertionError("it is only sent")


def flush(place, count=COUNT, **options):
    scope = Scope(executor=dramatiq_executor)
    actor = place.actor(note)
    with scope:
        for number in range(count):
            airlock.options(**options).enqueue(actor, number)
    return scope


class Witness(Middleware):
    """Notes what it was called with."""

    def __init__(self, place):
        self.place = place
        self.before, self.after = [], []

    def before_enqueue(self, broker, message, delay):
        self.before.append((broker, message.args[0], delay))

    def after_enqueue(self, broker, message, delay):
        self.after.append((broker, message.args[0], delay))


def test_it_is_called_once_a_message_with_the_real_broker(place):
    witness = Witness(place)
    place.broker.add_middleware(witness)

    flush(place, delay=60_000)

    expected = [(place.broker, number, 60_000) for number in range(COUNT)]
    assert (witness.before, witness.after) == (expected, expected)


def test_it_may_have_been_given_its_method_later(place):
    seen = []
    middleware = Middleware()
    middleware.after_enqueue = lambda broker, message, delay: seen.append(message.args[0])
    place.broker.add_middleware(middleware)

    flush(place)

    assert seen == list(range(COUNT))


def test_what_it_adds_to_a_message_is_sent(place):
    class Stamp(Middleware):
        def before_enqueue(self, broker, message, delay):
            message.options["stamp"] = message.args[0]

    place.broker.add_middleware(Stamp())

    scope = flush(place)

    assert [message.options["stamp"] for message in place.queued()] == list(range(COUNT))
    assert [message.options["stamp"] for message in scope.results.values()] == list(range(COUNT))


def test_it_is_not_told_that_a_message_was_sent_before_it_has_arrived(place):
    arrived = []

    class Look(Middleware):
        def after_enqueue(self, broker, message, delay):
            arrived.append(message.args[0] in place.numbers)

    place.broker.add_middleware(Look())

    flush(place, 3)

    assert arrived == [True] * 3


@pytest.mark.parametrize("failure", ["refuse", "spoil"])
def test_of_a_flush_in_which_it_stops_a_message_those_before_are_sent(place, failure):
    class Stop(Middleware):
        def before_enqueue(self, broker, message, delay):
            if message.args[0] == 6:
                if failure == "refuse":
                    raise MiddlewareError("no")
                message.options["spoilt"] = object()

    witness = Witness(place)
    place.broker.add_middleware(Stop())
    place.broker.add_middleware(witness)
    scope = Scope(executor=dramatiq_executor)
    actor = place.actor(note)

    with pytest.raises((MiddlewareError, TypeError)), scope:
        for number in range(COUNT):
            airlock.enqueue(actor, number)

    assert place.numbers == list(range(6))
    assert [intent.args[0] for intent in scope.dispatched] == list(range(6))
    assert [intent.args[0] for intent in scope.undispatched] == list(range(6, COUNT))
    assert scope.uncertain == []
    assert [number for _, number, _ in witness.after] == list(range(6))


def test_a_scope_that_goes_on_sends_what_comes_after_it_too(place):
    class Stop(Middleware):
        def before_enqueue(self, broker, message, delay):
            if message.args[0] == 6:
                raise MiddlewareError("no")

    class Tolerant(Scope):
        stop_on_failure = False

    place.broker.add_middleware(Stop())
    actor = place.actor(note)

    with pytest.raises(ExceptionGroup), Tolerant(executor=dramatiq_executor):
        for number in range(COUNT):
            airlock.enqueue(actor, number)

    assert place.numbers == [number for number in range(COUNT) if number != 6]


def test_what_it_enqueues_itself_is_sent_as_well(place):
    class Audit(Middleware):
        def before_enqueue(self, broker, message, delay):
            if message.args[0] >= 0:
                broker.enqueue(message.copy(args=(-1,)))

    place.broker.add_middleware(Audit())

    flush(place, 3)

    assert sorted(place.numbers) == [-1, -1, -1, 0, 1, 2]


def test_a_delayed_message_is_in_the_queue_for_those(place):
    flush(place, delay=60_000)

    assert place.queued() == []
    assert [message.args[0] for message in place.queued("airlock_dramatiq.DQ")] == list(range(COUNT))


def test_each_message_goes_to_the_queue_that_it_names(place):
    place.broker.declare_queue("airlock_dramatiq_else")
    actor = place.actor(note)

    with Scope(executor=dramatiq_executor):
        for number in range(6):
            name = "airlock_dramatiq_else" if number % 2 else "airlock_dramatiq"
            airlock.options(queue_name=name).enqueue(actor, number)

    try:
        assert place.numbers == [0, 2, 4]
        assert [message.args[0] for message in place.queued("airlock_dramatiq_else")] == [1, 3, 5]
    finally:
        if hasattr(place.broker, "channel"):
            for suffix in ("", ".DQ", ".XQ"):
                place.broker.channel.queue_delete(f"airlock_dramatiq_else{suffix}")
