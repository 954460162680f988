"""Every thread has a connection of its own, and so a transaction of its own."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

from django.db import connections
from scope_suites.shop import Shop, names

SECONDS = 20


def in_thread(work: Callable[[], object]) -> threading.Thread:
    """Run in a thread that sees the scopes around the call, on a connection that is closed afterwards."""
    context = copy_context()

    def run() -> None:
        try:
            context.run(work)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_each_thread_commits_for_itself(shop: Shop) -> None:
    def work(number: int) -> None:
        own = Shop(shop.alias)
        try:
            with own.atomic():
                own.order(f"kept {number}")
                with own.undone():
                    own.order(f"lost {number}")
            with own.undone():
                own.order(f"lost too {number}")
        finally:
            connections.close_all()

    with shop.scope() as scope:
        with ThreadPoolExecutor(4) as pool:
            for done in [pool.submit(copy_context().run, work, number) for number in range(8)]:
                done.result(SECONDS)

    assert sorted(shop.sent) == sorted(shop.rows) == [f"kept {number}" for number in range(8)]
    assert len(scope.rolled_back) == 16


def test_what_another_thread_has_not_committed_yet_waits_for_its_commit(shop: Shop) -> None:
    enqueued, left = threading.Event(), threading.Event()
    threads: dict[str, int | None] = {}

    def executor(intent: object) -> None:
        threads["executor"] = threading.get_ident()

    def work() -> None:
        threads["other"] = threading.get_ident()
        with Shop(shop.alias).atomic():
            Shop(shop.alias).order("a")
            enqueued.set()
            assert left.wait(SECONDS)

    with shop.scope(executor=executor) as scope:
        thread = in_thread(work)
        assert enqueued.wait(SECONDS)
    before = names(scope.pending)
    left.set()
    thread.join(SECONDS)

    assert (before, names(scope.dispatched), scope.pending) == (["a"], ["a"], [])
    assert threads["executor"] == threads["other"]


def test_what_another_thread_rolls_back_after_the_scope_was_left_is_gone(shop: Shop) -> None:
    enqueued, left = threading.Event(), threading.Event()

    def work() -> None:
        own = Shop(shop.alias)
        with own.undone():
            own.order("a")
            enqueued.set()
            assert left.wait(SECONDS)

    with shop.scope() as scope:
        thread = in_thread(work)
        assert enqueued.wait(SECONDS)
        with shop.connection.cursor():
            pass
    left.set()
    thread.join(SECONDS)

    assert (shop.sent, scope.pending, names(scope.rolled_back)) == ([], [], ["a"])


def test_scopes_of_threads_do_not_meet(shop: Shop) -> None:
    def work(number: int) -> list[str]:
        own = Shop(shop.alias)
        try:
            with own.atomic():
                with own.scope():
                    own.order(f"kept {number}")
                    with own.undone():
                        own.order(f"lost {number}")
            return own.sent
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, range(8))) == [[f"kept {number}"] for number in range(8)]
