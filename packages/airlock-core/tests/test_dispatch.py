import asyncio
import contextlib

import pytest

import airlock
from airlock import Scope, UsageError


class BrokerDown(Exception): ...


class Persistent(Scope):
    stop_on_failure = False


class Flaky:
    """Refuses some intents, by their first argument; with `batches` it takes many at once."""

    unavailable = (BrokerDown,)

    def __init__(self, failures):
        self.failures, self.sent = failures, []

    def __call__(self, intent):
        if intent.args[0] in self.failures:
            raise self.failures[intent.args[0]]
        self.sent.append(intent.args[0])
        return f"message {intent.args[0]}"


class FlakyBatches(Flaky):
    def dispatch_many(self, intents):
        for intent in intents:
            yield self(intent)


def numbers(intents):
    return [intent.args[0] for intent in intents]


def enqueue_numbers(task, count):
    for number in range(count):
        airlock.enqueue(task, number)


@pytest.fixture(params=[Flaky, FlakyBatches])
def flaky(request):
    return request.param


def test_the_first_failure_stops_the_dispatch(flaky, charge):
    executor = flaky({2: ValueError("bad")})
    scope = airlock.scope(executor=executor)
    with pytest.raises(ValueError, match="bad") as caught, scope:
        enqueue_numbers(charge, 5)
    assert executor.sent == numbers(scope.dispatched) == [0, 1]
    assert numbers(scope.undispatched) == [2, 3, 4]
    assert scope.uncertain == []
    assert caught.value.__notes__ == ["airlock: not dispatched: charge(2), charge(3), charge(4)"]


def test_the_note_stays_short_where_much_was_not_sent(charge):
    with pytest.raises(ValueError) as caught, airlock.scope(executor=Flaky({0: ValueError()})):
        enqueue_numbers(charge, 17)
    assert caught.value.__notes__[0].endswith("charge(4) (and 12 more)")


def test_a_persistent_scope_goes_on_after_a_bad_intent(flaky, charge):
    executor = flaky({1: ValueError("one"), 3: TypeError("three")})
    scope = Persistent(executor=executor)
    with pytest.raises(ExceptionGroup) as caught, scope:
        enqueue_numbers(charge, 5)
    assert executor.sent == numbers(scope.dispatched) == [0, 2, 4]
    assert numbers(scope.undispatched) == [1, 3]
    assert [type(error) for error in caught.value.exceptions] == [ValueError, TypeError]
    assert caught.value.exceptions[0].__notes__ == ["airlock: not dispatched: charge(1)"]
    assert [scope.results[intent] for intent in scope.dispatched] == ["message 0", "message 2", "message 4"]


def test_a_persistent_scope_ends_with_a_bad_intent_if_that_is_the_last(flaky, charge):
    executor = flaky({1: ValueError("one")})
    scope = Persistent(executor=executor)
    with pytest.raises(ExceptionGroup), scope:
        enqueue_numbers(charge, 2)
    assert numbers(scope.dispatched) == [0]
    assert numbers(scope.undispatched) == [1]


def test_a_persistent_scope_stops_where_the_backend_is_down(flaky, charge):
    executor = flaky({1: ValueError(), 2: BrokerDown()})
    scope = Persistent(executor=executor)
    with pytest.raises(ExceptionGroup) as caught, scope:
        enqueue_numbers(charge, 5)
    assert executor.sent == [0]
    assert numbers(scope.undispatched) == [1, 2, 3, 4]
    assert [type(error) for error in caught.value.exceptions] == [ValueError, BrokerDown]
    assert caught.value.exceptions[1].__notes__ == ["airlock: not dispatched: charge(2), charge(3), charge(4)"]


def test_a_persistent_scope_that_sends_all_raises_nothing(flaky, charge):
    with Persistent(executor=flaky({})) as scope:
        enqueue_numbers(charge, 3)
    assert numbers(scope.dispatched) == [0, 1, 2]


def test_a_persistent_scope_is_stopped_at_once_by_an_interrupt(flaky, charge):
    scope = Persistent(executor=flaky({1: KeyboardInterrupt()}))
    with pytest.raises(KeyboardInterrupt) as caught, scope:
        enqueue_numbers(charge, 3)
    assert numbers(scope.undispatched) == [1, 2]
    assert numbers(scope.uncertain) == [1]
    assert caught.value.__notes__


def test_a_batch_may_blame_an_intent_further_on(charge):
    class Checks(FlakyBatches):
        def dispatch_many(self, intents):
            for intent in intents:
                if intent.args[0] == 2:
                    error = TypeError("cannot be serialised")
                    error.intent = intent
                    raise error
            return super().dispatch_many(intents)

    executor = Checks({})
    scope = Persistent(executor=executor)
    with pytest.raises(ExceptionGroup) as caught, scope:
        enqueue_numbers(charge, 4)
    assert executor.sent == numbers(scope.dispatched) == [0, 1, 3]
    assert numbers(scope.undispatched) == [2]
    assert caught.value.exceptions[0].__notes__ == ["airlock: not dispatched: charge(2)"]


def test_an_intent_that_may_have_arrived_is_uncertain_as_well(charge):
    class Cut(Flaky):
        def dispatch_many(self, intents):
            yield "message 0"
            error = BrokerDown("connection lost")
            error.uncertain_intents = intents[1:3]
            raise error

    scope = airlock.scope(executor=Cut({}))
    with pytest.raises(BrokerDown), scope:
        enqueue_numbers(charge, 4)
    assert numbers(scope.dispatched) == [0]
    assert numbers(scope.undispatched) == [1, 2, 3]
    assert numbers(scope.uncertain) == [1, 2]


def test_a_batch_that_ends_short_is_an_error(charge):
    class Short(Flaky):
        def dispatch_many(self, intents):
            yield "message 0"

    scope = airlock.scope(executor=Short({}))
    with pytest.raises(UsageError, match="ended after 1 of 3 intents"), scope:
        enqueue_numbers(charge, 3)
    assert numbers(scope.undispatched) == [1, 2]


@pytest.mark.parametrize("scope_class", [Scope, Persistent])
def test_a_batch_that_yields_too_often_is_an_error(charge, scope_class):
    class Long(Flaky):
        def dispatch_many(self, intents):
            yield from range(len(intents) + 1)

    scope = scope_class(executor=Long({}))
    with pytest.raises((UsageError, ExceptionGroup)) as caught, scope:
        enqueue_numbers(charge, 2)
    error = caught.value if scope_class is Scope else caught.value.exceptions[0]
    assert "yielded more often" in str(error)
    assert not hasattr(error, "__notes__")
    assert numbers(scope.dispatched) == [0, 1]


def test_a_batch_is_run_to_its_end(charge):
    log = []

    class Closes(Flaky):
        def dispatch_many(self, intents):
            yield from range(len(intents))
            log.append("ended")

    with airlock.scope(executor=Closes({})):
        enqueue_numbers(charge, 2)
    assert log == ["ended"]


def test_a_batch_is_closed_where_the_scope_gives_up():
    closed = []

    class Coroutines(Flaky):
        def dispatch_many(self, intents):
            with contextlib.closing(self):
                for intent in intents:
                    yield intent.task()

        def close(self):
            closed.append(True)

    async def work(): ...

    with pytest.raises(UsageError, match="async with") as caught, airlock.scope(executor=Coroutines({})):
        airlock.enqueue(work)
    assert closed == [True]
    assert caught.value.intent.task is work


def test_a_future_is_cancelled_where_nothing_can_await_it(charge):
    async def main():
        future = asyncio.get_running_loop().create_future()
        with pytest.raises(UsageError, match="async with"), airlock.scope(executor=lambda intent: future):
            airlock.enqueue(charge)
        assert future.cancelled()

    asyncio.run(main())


def test_an_awaitable_that_cannot_be_undone_is_refused_all_the_same(charge):
    class Handle:
        def __await__(self):
            yield

    with pytest.raises(UsageError, match="async with") as caught, airlock.scope(executor=lambda intent: Handle()):
        intent = airlock.enqueue(charge)
    assert caught.value.intent is intent


class TestAsync:
    def test_what_the_executor_returns_is_awaited_one_after_the_other(self):
        log = []

        async def send(intent):
            log.append(("start", intent.args[0]))
            await asyncio.sleep(0)
            log.append(("end", intent.args[0]))
            return f"message {intent.args[0]}"

        async def main():
            async with airlock.scope(executor=send) as scope:
                intents = [airlock.enqueue(print, number) for number in range(2)]
            assert scope.results == dict(zip(intents, ["message 0", "message 1"], strict=True))

        asyncio.run(main())
        assert log == [("start", 0), ("end", 0), ("start", 1), ("end", 1)]

    def test_an_error_of_the_coroutine_is_a_failed_dispatch(self):
        async def send(intent):
            if intent.args[0] == 1:
                raise ConnectionError
            return intent.args[0]

        async def main():
            scope = Persistent(executor=send)
            with pytest.raises(ExceptionGroup):
                async with scope:
                    enqueue_numbers(print, 3)
            assert numbers(scope.dispatched) == [0, 2]
            assert numbers(scope.undispatched) == [1]

        asyncio.run(main())

    @pytest.mark.parametrize("scope_class", [Scope, Persistent])
    def test_cancelled_half_way_the_rest_is_undispatched(self, scope_class):
        async def main():
            started = asyncio.Event()

            async def send(intent):
                if intent.args[0] == 1:
                    started.set()
                    await asyncio.Event().wait()

            scope = scope_class(executor=send)

            async def unit():
                async with scope:
                    enqueue_numbers(print, 3)

            task = asyncio.create_task(unit())
            await started.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert numbers(scope.dispatched) == [0]
            assert numbers(scope.undispatched) == [1, 2]
            assert numbers(scope.uncertain) == [1]

        asyncio.run(main())

    def test_cancelled_in_the_body_everything_is_discarded(self):
        async def main():
            scope = Scope()

            async def unit():
                async with scope:
                    enqueue_numbers(print, 1)
                    await asyncio.Event().wait()

            task = asyncio.create_task(unit())
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert scope.is_discarded

        asyncio.run(main())

    def test_the_imperative_way_is_aflush(self, recorder):
        async def send(number):
            recorder.calls.append(("send", (number,), {}))

        async def main():
            scope = Scope().enter()
            intent = airlock.enqueue(send, 1)
            scope.exit()
            assert await scope.aflush() == [intent]
            empty = Scope().enter()
            empty.exit()
            assert await empty.aflush() == []

        asyncio.run(main())
        assert recorder.args == [(1,)]

    def test_what_an_outer_scope_captures_is_not_dispatched(self, charge, recorder):
        async def main():
            async with airlock.scope():
                async with airlock.scope():
                    airlock.enqueue(charge)
                assert recorder.calls == []

        asyncio.run(main())
        assert recorder.names == ["charge"]

    def test_a_class_that_overrides_only_the_plain_dispatch_is_obeyed(self, charge, recorder):
        class Reversed(Scope):
            def dispatch_all(self, intents):
                super().dispatch_all(intents[::-1])

        async def main():
            async with Reversed():
                enqueue_numbers(charge, 3)

        asyncio.run(main())
        assert recorder.args == [(2,), (1,), (0,)]

    def test_a_scope_left_open_inside_is_an_error(self):
        async def main():
            scope = Scope()
            with pytest.raises(airlock.ScopeStateError, match="Scope is left while <Scope active"):
                async with scope:
                    Scope().enter()
            assert not scope.is_flushed

        asyncio.run(main())

    def test_the_error_of_the_body_wins_over_one_on_the_way_out(self, charge):
        class Loud(Scope):
            def should_flush(self, error):
                return True

        async def main():
            with pytest.raises(ValueError) as caught:
                async with Loud(executor=Flaky({0: ConnectionError("no route")})):
                    enqueue_numbers(charge, 1)
                    raise ValueError
            assert "no route" in caught.value.__notes__[0]
            with pytest.raises(ConnectionError):
                async with Loud(executor=Flaky({0: ConnectionError("no route")})):
                    enqueue_numbers(charge, 1)

        asyncio.run(main())
