"""What `scoped_stream()` makes of asynchronous iterables."""

import asyncio
import gc
import threading

import pytest
from asgiref.sync import sync_to_async
from django_web.effects import BrokerDownError, scopes, sent, wait_until_discarded, want

import airlock
from airlock.integrations.django import scoped_stream

pytestmark = pytest.mark.usefixtures("web")


async def body(name="body"):
    want(f"{name}: before the first")
    yield f"{name} 1"
    await asyncio.sleep(0)
    want(f"{name}: before the second")
    yield f"{name} 2"
    await asyncio.sleep(0)
    want(f"{name}: at the end")


WANTED = ["body: before the first", "body: before the second", "body: at the end"]


def run(coroutine):
    async def bounded():
        async with asyncio.timeout(30):
            await coroutine
        assert airlock.get_current_scope() is None

    asyncio.run(bounded())


def test_effects_go_out_after_the_last_chunk():
    async def use():
        seen = [(chunk, list(sent)) async for chunk in scoped_stream(body())]
        assert seen == [("body 1", []), ("body 2", [])]

    run(use())
    assert sent == WANTED
    assert len(scopes) == 1


def test_its_scope_is_not_open_between_two_chunks():
    async def use():
        async for _ in scoped_stream(body()):
            assert airlock.get_current_scope() is None
            with pytest.raises(airlock.NoScopeError):
                want("between")

    run(use())


def test_two_streams_in_turn_in_one_task_have_nothing_to_do_with_each_other():
    async def use():
        one, other = scoped_stream(body("one")), scoped_stream(body("other"))
        for _ in range(2):
            await anext(one)
            await anext(other)
        assert [chunk async for chunk in one] == [chunk async for chunk in other] == []

    run(use())
    assert [scope.parent for scope in scopes] == [None, None]
    assert [label.split(":")[0] for label in sent] == ["one"] * 3 + ["other"] * 3


def test_streams_in_many_tasks_have_nothing_to_do_with_each_other():
    async def consume(name):
        return [chunk async for chunk in scoped_stream(body(name))]

    async def use():
        await asyncio.gather(*(consume(str(number)) for number in range(50)))

    run(use())
    assert len(scopes) == 50
    assert all(len({intent.args[0].split(":")[0] for intent in scope.intents}) == 1 for scope in scopes)
    assert len(sent) == 150


def test_each_chunk_is_made_in_the_task_that_asks_for_it():
    async def tells():
        async with asyncio.timeout(30):
            yield asyncio.current_task()
            yield asyncio.current_task()

    async def use():
        tasks = [task async for task in scoped_stream(tells())]
        assert tasks == [asyncio.current_task()] * 2

    run(use())


def test_each_chunk_may_be_asked_for_by_another_task():
    async def use():
        stream = scoped_stream(body())
        assert await asyncio.create_task(anext(stream)) == "body 1"
        assert await asyncio.create_task(anext(stream)) == "body 2"
        assert await asyncio.create_task(anext(stream, "the end")) == "the end"

    run(use())
    assert sent == WANTED


def test_synchronous_code_stays_on_its_thread():
    def thread():
        want("in the thread")
        return threading.get_ident()

    async def tells():
        yield await sync_to_async(thread)()
        yield await sync_to_async(thread)()

    async def use():
        threads = [chunk async for chunk in scoped_stream(tells())]
        assert threads == [await sync_to_async(threading.get_ident)()] * 2

    run(use())
    assert sent == ["in the thread"] * 2


async def closes():
    try:
        want("before the first")
        yield 1
        yield 2
    finally:
        await asyncio.sleep(0)
        want("while it is closed")


def assert_closed():
    assert sent == []
    assert scopes[0].is_discarded
    assert [intent.args for intent in scopes[0].intents] == [("before the first",), ("while it is closed",)]


def test_closed_early_it_drops_effects_and_closes_the_generator():
    async def use():
        stream = scoped_stream(closes())
        await anext(stream)
        await stream.aclose()
        assert_closed()
        await stream.aclose()
        assert [chunk async for chunk in stream] == []

    run(use())


def test_django_closes_it_from_the_thread_of_the_orm():
    async def use():
        stream = scoped_stream(closes())
        await anext(stream)
        await sync_to_async(stream.close)()
        assert_closed()

    run(use())


def test_closed_in_the_event_loop_it_ends_as_soon_as_the_loop_runs():
    async def use():
        stream = scoped_stream(closes())
        await anext(stream)
        stream.close()
        await wait_until_discarded(scopes[0])
        assert_closed()

    run(use())


def test_closing_it_after_the_end_starts_nothing():
    async def use():
        stream = scoped_stream(body())
        assert [chunk async for chunk in stream] == ["body 1", "body 2"]
        stream.close()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(use())


def test_forgotten_half_way_it_lets_nothing_out():
    async def use():
        stream = scoped_stream(body())
        await anext(stream)
        del stream
        gc.collect()
        await wait_until_discarded(scopes[0])

    run(use())
    assert sent == []


def test_an_asynchronous_iterator_that_can_be_closed_is_closed():
    class Source:
        closed = 0

        def __aiter__(self):
            return self

        async def __anext__(self):
            return 1

        async def aclose(self):
            self.closed += 1

    async def use():
        never_started, started = Source(), Source()
        await scoped_stream(never_started).aclose()
        stream = scoped_stream(started)
        await anext(stream)
        await stream.aclose()
        assert (never_started.closed, started.closed) == (1, 1)

    run(use())


def test_cancelled_while_it_makes_a_chunk_it_drops_effects():
    async def hangs():
        want("before it hangs")
        yield 1
        reached.set()
        await asyncio.Event().wait()

    async def consume():
        async for _ in scoped_stream(hangs()):
            pass

    async def use():
        task = asyncio.create_task(consume())
        await reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    reached = asyncio.Event()
    run(use())
    assert sent == []
    assert scopes[0].is_discarded


def test_an_exception_drops_effects_and_reaches_whoever_asked_for_the_chunk():
    async def fails():
        want("before it failed")
        yield 1
        raise ValueError("no second chunk")

    async def use():
        stream = scoped_stream(fails())
        await anext(stream)
        with pytest.raises(ValueError, match="no second chunk"):
            await anext(stream)
        stream.close()

    run(use())
    assert sent == []
    assert scopes[0].is_discarded


def test_a_flush_that_fails_reaches_whoever_asked_for_the_chunk_after_the_last():
    async def unsendable():
        want("unsendable")
        yield 1

    async def use():
        stream = scoped_stream(unsendable())
        await anext(stream)
        with pytest.raises(BrokerDownError):
            await anext(stream)

    run(use())
    assert len(scopes[0].undispatched) == 1


def test_what_an_executor_returns_is_awaited():
    async def slowly(intent):
        await asyncio.sleep(0)
        sent.append(intent.args[0])

    async def use():
        airlock.configure(executor=slowly)
        assert [chunk async for chunk in scoped_stream(body())] == ["body 1", "body 2"]

    run(use())
    assert sent == WANTED


def test_it_decorates_an_asynchronous_generator_function():
    async def use():
        assert [chunk async for chunk in scoped_stream(body)("again")] == ["again 1", "again 2"]

    run(use())
    assert len(sent) == 3
