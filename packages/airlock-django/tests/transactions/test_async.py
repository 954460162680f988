"""Asynchronous code: what touches the connection and what dispatches runs in the thread of the ORM."""

import asyncio
import threading
from contextlib import nullcontext
from typing import Any

import pytest
from asgiref.sync import ThreadSensitiveContext, async_to_sync, sync_to_async
from django.db import connections, transaction
from scope_suites.loops import run
from scope_suites.moody import Moody
from scope_suites.shop import Shop, names

import airlock
from airlock.integrations.django import DjangoScope


async def orm_thread() -> int:
    return await sync_to_async(threading.get_ident)()


def test_an_awaited_scope_sends_in_the_thread_of_the_orm(shop: Shop) -> None:
    threads: list[int] = []

    def executor(intent: airlock.Intent) -> None:
        threads.append(threading.get_ident())
        shop.executor(intent)

    async def main() -> None:
        async with shop.scope(executor=executor):
            airlock.enqueue(shop.send, "a")
            await sync_to_async(shop.order)("b")
            assert shop.sent == []
        assert set(threads) == {await orm_thread()}

    run(shop, main)
    assert shop.sent == ["a", "b"]
    assert set(threads) != {threading.get_ident()}


def test_what_an_executor_returns_is_awaited_in_the_event_loop_in_order(shop: Shop) -> None:
    threads: list[int] = []

    async def executor(intent: airlock.Intent) -> str:
        threads.append(threading.get_ident())
        await asyncio.sleep(0)
        shop.executor(intent)
        return f"handle of {intent.args[0]}"

    async def main() -> None:
        async with shop.scope(executor=executor) as scope:
            for name in "abc":
                airlock.enqueue(shop.send, name)
        assert list(scope.results.values()) == ["handle of a", "handle of b", "handle of c"]

    run(shop, main)
    assert (shop.sent, set(threads)) == (["a", "b", "c"], {threading.get_ident()})


@pytest.mark.parametrize("committed", [True, False], ids=["committed", "autocommit"])
def test_a_failure_reaches_the_coroutine_only_where_no_commit_came_first(
    shop: Shop, signals: list[Any], committed: bool
) -> None:
    def orders() -> None:
        own = Shop(shop.alias)
        with own.atomic() if committed else nullcontext():
            own.order("bad")
            own.order("good")

    async def main() -> None:
        with nullcontext() if committed else pytest.raises(ValueError, match="cannot send bad"):
            async with shop.scope(executor=Moody(shop)):
                await sync_to_async(orders)()

    run(shop, main)
    assert shop.sent == (["good"] if committed else [])
    assert [names(signal["intents"]) for signal in signals] == [["bad"] if committed else ["bad", "good"]]


def test_savepoints_count_in_the_thread_of_the_orm(shop: Shop) -> None:
    def orders() -> None:
        own = Shop(shop.alias)
        with own.atomic():
            own.order("a")
            with own.undone():
                own.order("b")
        with own.undone():
            own.order("c")

    async def main() -> None:
        async with shop.scope() as scope:
            await sync_to_async(orders)()
        assert names(scope.rolled_back) == ["b", "c"]

    run(shop, main)
    assert shop.sent == shop.rows == ["a"]


@pytest.mark.parametrize("well", [True, False])
def test_what_is_left_pending_is_awaited_after_the_commit(shop: Shop, well: bool) -> None:
    threads: dict[str, int] = {}

    def executor(intent: airlock.Intent) -> Any:
        threads["executor"] = threading.get_ident()

        async def send() -> None:
            threads["awaited"] = threading.get_ident()
            if intent.args[0] == "bad":
                raise ValueError
            shop.executor(intent)

        return send()

    async def in_scope() -> None:
        async with shop.scope(executor=executor) as scope:
            scopes.append(scope)
            airlock.enqueue(shop.send, "a")
            await sync_to_async(airlock.enqueue)(shop.send, "bad")
            airlock.enqueue(shop.send, "b")
        assert len(scope.pending) == 3

    def in_transaction() -> None:
        own = Shop(shop.alias)
        with own.atomic() if well else own.undone():
            async_to_sync(in_scope)()
            assert shop.sent == []
        threads["orm"] = threading.get_ident()

    async def main() -> None:
        await sync_to_async(in_transaction)()

    scopes: list[DjangoScope] = []
    run(shop, main)
    assert (shop.sent, names(scopes[0].undispatched)) == ((["a", "b"], ["bad"]) if well else ([], []))
    if well:
        assert (threads["executor"], threads["awaited"]) == (threads["orm"], threading.get_ident())


def test_the_end_of_the_program_in_a_coroutine_after_the_commit_leaves_nothing_unsaid(shop: Shop) -> None:
    async def executor(intent: airlock.Intent) -> None:
        if intent.args[0] == "exit":
            raise SystemExit(3)
        shop.executor(intent)

    async def in_scope() -> None:
        for some in (["a", "exit", "b"], ["c"]):
            async with shop.scope(executor=executor) as scope:
                scopes.append(scope)
                for name in some:
                    airlock.enqueue(shop.send, name)

    scopes: list[DjangoScope] = []
    with pytest.raises(SystemExit):
        with shop.atomic():
            async_to_sync(in_scope)()

    assert shop.sent == ["a"]
    assert [names(scope.undispatched) for scope in scopes] == [["exit", "b"], ["c"]]


def test_a_failure_in_autocommit_reaches_the_caller(shop: Shop) -> None:
    async def executor(intent: airlock.Intent) -> None:
        if intent.args[0] == "bad":
            raise ValueError
        shop.executor(intent)

    async def main() -> None:
        with pytest.raises(ValueError):
            async with shop.scope(executor=executor) as scope:
                for name in ["a", "bad", "b"]:
                    airlock.enqueue(shop.send, name)
        assert names(scope.undispatched) == ["bad", "b"]

    run(shop, main)
    assert shop.sent == ["a"]


def test_a_plain_scope_in_asynchronous_code_is_told_to_be_an_awaited_one(shop: Shop) -> None:
    async def main() -> None:
        with pytest.raises(airlock.UsageError, match="async with"):
            with shop.scope() as scope:
                airlock.enqueue(shop.send, "a")
        assert names(scope.undispatched) == ["a"]

    run(shop, main)
    assert shop.sent == []


def test_a_plain_scope_works_where_django_was_told_that_asynchronous_code_is_safe(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

    async def main() -> None:
        with shop.scope():
            shop.order("a")
            with shop.undone():
                shop.order("b")
        with shop.atomic():
            with shop.scope():
                shop.order("c")
            assert shop.sent == ["a"]
        connections.close_all()

    asyncio.run(main())
    assert shop.sent == shop.rows == ["a", "c"]


def test_without_autocommit_in_the_thread_of_the_orm_the_flush_says_what_to_do(shop: Shop) -> None:
    async def main() -> None:
        await sync_to_async(transaction.set_autocommit)(False, using=shop.alias)
        with pytest.raises(airlock.UsageError, match="autocommit"):
            async with shop.scope() as scope:
                airlock.enqueue(shop.send, "a")
        assert names(scope.undispatched) == ["a"]
        await sync_to_async(transaction.rollback)(using=shop.alias)

    run(shop, main)


def test_a_subclass_that_overrides_only_the_plain_dispatch_is_called_in_the_thread_of_the_orm(shop: Shop) -> None:
    threads: list[int] = []

    class Own(DjangoScope):
        def dispatch_all(self, intents: list[airlock.Intent]) -> None:
            threads.append(threading.get_ident())
            super().dispatch_all(intents)

    async def main() -> None:
        async with Own(executor=shop.executor, using=shop.alias):
            airlock.enqueue(shop.send, "a")
        assert threads == [await orm_thread()]

    run(shop, main)
    assert shop.sent == ["a"]


def test_concurrent_requests_keep_to_their_own(shop: Shop) -> None:
    async def request(number: int) -> list[str]:
        own = Shop(shop.alias)
        async with ThreadSensitiveContext():
            async with own.scope():
                await sync_to_async(lambda: Shop(shop.alias).order(f"{number}"))()
                await asyncio.sleep(0)
                airlock.enqueue(own.send, f"{number} too")
            await sync_to_async(connections.close_all)()
        return own.sent

    async def main() -> None:
        sent = await asyncio.gather(*(request(number) for number in range(10)))
        assert sent == [[f"{number}", f"{number} too"] for number in range(10)]

    asyncio.run(main())
