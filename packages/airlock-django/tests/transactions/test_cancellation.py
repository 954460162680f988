"""A flush that is cancelled half-way: what went out and what did not stays known."""

import asyncio
import threading

import pytest
from scope_suites.loops import run
from scope_suites.shop import Shop, names

import airlock


def test_to_be_cancelled_while_a_coroutine_is_awaited_leaves_the_rest_undispatched(shop: Shop) -> None:
    async def main() -> None:
        reached = asyncio.Event()

        async def executor(intent: airlock.Intent) -> None:
            if intent.args[0] == "b":
                reached.set()
                await asyncio.Event().wait()
            shop.executor(intent)

        scope = shop.scope(executor=executor)

        async def work() -> None:
            async with scope:
                for name in "abc":
                    airlock.enqueue(shop.send, name)

        task = asyncio.create_task(work())
        await reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (names(scope.dispatched), names(scope.undispatched)) == (["a"], ["b", "c"])
        assert names(scope.uncertain) == ["b"]

    run(shop, main)


def test_to_be_cancelled_while_the_thread_sends_leaves_nothing_half_known(shop: Shop) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def executor(intent: airlock.Intent) -> None:
        if intent.args[0] == "b":
            reached.set()
            assert go_on.wait(20)
        shop.executor(intent)

    async def main() -> None:
        scope = shop.scope(executor=executor)

        async def work() -> None:
            async with scope:
                for name in "abc":
                    airlock.enqueue(shop.send, name)

        task = asyncio.create_task(work())
        assert await asyncio.to_thread(reached.wait, 20)
        task.cancel()
        # Once more while it waits for the thread.
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.sleep(0)
        assert not task.done()
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert names(scope.dispatched) == shop.sent == ["a", "b", "c"]
        assert scope.undispatched == []

    run(shop, main)
