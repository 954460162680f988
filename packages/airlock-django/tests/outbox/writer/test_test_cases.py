"""Django's own test cases, tools that record, threads and asynchronous code, with the outbox turned on."""

import asyncio
import threading
from typing import Any
from unittest.mock import patch

import pytest
from asgiref.sync import sync_to_async
from django.db import connections, transaction
from django.test import TestCase
from outbox_suites.writer import Desk, note, recorder, sent, turned_on
from scope_suites.loops import run
from scope_suites.shop import names

import airlock
from airlock.integrations.django import DjangoScope
from airlock.testing import capture

SERVERS = ("postgres", "mariadb")


class InTestCase:
    """The tests of a test case that runs in a transaction; the subclasses below run them on each database."""

    alias: str
    captureOnCommitCallbacks: Any  # noqa: N815 (Django's name)
    enterContext: Any  # noqa: N815 (Django's name)

    def setUp(self) -> None:
        sent.clear()
        recorder.fails, recorder.before = {}, None
        self.enterContext(turned_on())
        self.desk = Desk(self.alias)

    def test_what_is_recorded_waits_for_a_commit_that_never_comes(self) -> None:
        with self.desk.scope() as scope:
            self.desk.order("a")
            with self.desk.undone():
                self.desk.order("b")

        assert (self.desk.sent, names(scope.pending), names(scope.rolled_back)) == ([], ["a"], ["b"])
        assert [entry.size for entry in self.desk.entries] == [1]

    def test_captured_callbacks_let_it_out(self) -> None:
        with self.captureOnCommitCallbacks(using=self.alias, execute=True) as callbacks:
            with self.desk.scope() as scope:
                self.desk.order("a")
            assert self.desk.sent == []

        assert (self.desk.sent, scope.pending, len(callbacks)) == (["a"], [], 1)
        assert self.desk.entries == []

    def test_captured_callbacks_let_it_out_block_by_block(self) -> None:
        with self.desk.scope():
            self.desk.order("left behind")
        for name in "ab":
            with self.captureOnCommitCallbacks(using=self.alias, execute=True):
                with self.desk.scope():
                    self.desk.order(name)

        assert self.desk.sent == ["a", "b"]
        assert [entry.size for entry in self.desk.entries] == [1]

    def test_a_replaced_on_commit_that_calls_at_once_lets_it_out_at_once(self) -> None:
        with patch("django.db.transaction.on_commit", lambda function, using=None, robust=False: function()):
            with self.desk.scope():
                self.desk.order("a")
            with self.desk.scope():
                self.desk.order("b")

        assert (self.desk.sent, self.desk.entries) == (["a", "b"], [])

    def test_what_fails_is_left_to_a_relay(self) -> None:
        recorder.fails["a"] = ValueError()
        with self.captureOnCommitCallbacks(using=self.alias, execute=True):
            with self.desk.scope():
                self.desk.order("a")

        assert [entry.token for entry in self.desk.entries] == [""]


class TestOnSQLite(InTestCase, TestCase):
    alias = "default"


for server in SERVERS:
    if server in connections.settings:
        name = f"TestOn{server.capitalize()}"
        globals()[name] = pytest.mark.server(
            type(name, (InTestCase, TestCase), {"alias": server, "databases": {server}, "__module__": __name__})
        )


def test_a_recording_needs_no_commit_and_no_table(desk: Desk) -> None:
    with capture() as captured:
        with desk.atomic():
            with desk.scope():
                desk.order("a")
        assert desk.entries == []

    assert [intent.args[0] for intent in captured] == ["a"]
    assert desk.sent == []


def test_an_awaited_scope_records_and_sends_in_the_thread_of_the_orm(desk: Desk) -> None:
    threads: set[int] = set()
    recorder.before = lambda _: threads.add(threading.get_ident())

    async def main() -> None:
        async with desk.scope() as scope:
            airlock.enqueue(note, "a")
            await sync_to_async(desk.order)("b")
            assert desk.sent == []
        assert (desk.sent, names(scope.dispatched)) == (["a", "b"], ["a", "b"])
        assert threads == {await sync_to_async(threading.get_ident)()}

    run(desk, main)
    assert desk.entries == []


def test_an_awaited_scope_inside_a_transaction_of_the_orm_thread_waits_for_its_commit(desk: Desk) -> None:
    block = desk.atomic()

    async def main() -> None:
        await sync_to_async(block.__enter__)()
        async with desk.scope():
            airlock.enqueue(note, "a")
        assert (desk.sent, len(await sync_to_async(lambda: desk.entries)())) == ([], 1)
        await sync_to_async(block.__exit__)(None, None, None)
        assert desk.sent == ["a"]

    run(desk, main)


def test_what_an_executor_returns_is_awaited_in_any_scope(desk: Desk) -> None:
    async def executor(intent: airlock.Intent) -> str:
        sent.append(intent)
        return "handle"

    with turned_on(EXECUTORS={"awaited": executor}):
        with desk.atomic(), desk.scope(executor=executor) as scope:
            desk.order("a")

        async def main() -> None:
            async with desk.scope(executor=executor) as scope:
                airlock.enqueue(note, "b")
            assert list(scope.results.values()) == ["handle"]

        run(desk, main)

    assert desk.sent == ["a", "b"]
    assert list(scope.results.values()) == ["handle"]


def test_a_bad_argument_is_an_error_of_an_awaited_scope_too(desk: Desk) -> None:
    async def main() -> None:
        async with desk.scope():
            airlock.enqueue(note, "a", {1: 2})

    with pytest.raises(TypeError, match="argument 'value' has the key 1"):
        run(desk, main)


def test_what_belongs_to_the_transaction_of_another_thread_is_left_to_its_commit(desk: Desk) -> None:
    scope = DjangoScope(using=desk.alias)
    with desk.atomic():
        scope.enter()
        desk.order("a")
        scope.exit()

        def flush() -> None:
            try:
                scope.flush()
            finally:
                connections[desk.alias].close()

        thread = threading.Thread(target=flush)
        thread.start()
        thread.join()
        assert desk.sent == []

    assert desk.sent == ["a"]


def test_autocommit_off_is_refused(desk: Desk) -> None:
    transaction.set_autocommit(False, using=desk.alias)
    try:
        with pytest.raises(airlock.UsageError, match="autocommit was off"):
            with desk.scope():
                airlock.enqueue(note, "a")
    finally:
        transaction.rollback(using=desk.alias)
        transaction.set_autocommit(True, using=desk.alias)

    assert (desk.entries, desk.sent) == ([], [])


def test_to_be_cancelled_while_a_coroutine_is_awaited_leaves_the_rest_to_a_relay(desk: Desk) -> None:
    async def main() -> None:
        reached = asyncio.Event()

        async def executor(intent: airlock.Intent) -> None:
            if intent.args[0] == "b":
                reached.set()
                await asyncio.Event().wait()
            sent.append(intent)

        async def work() -> None:
            async with scope:
                for name in "abc":
                    airlock.enqueue(note, name)

        with turned_on(EXECUTORS={"awaited": executor}):
            scope = desk.scope(executor=executor)
            task = asyncio.create_task(work())
            await reached.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert (names(scope.dispatched), names(scope.undispatched)) == (["a"], ["b", "c"])
        assert names(scope.uncertain) == ["b"]

    run(desk, main)
    (entry,) = desk.entries
    assert (entry.done, entry.token) == (1, "")
