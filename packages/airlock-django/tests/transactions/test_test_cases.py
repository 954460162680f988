"""Django's own test cases, where the transaction that counts is the test's, and nothing is ever committed."""

import unittest
from typing import Any
from unittest.mock import patch

import pytest
from asgiref.sync import sync_to_async
from django.db import connections, transaction
from django.test import TestCase, TransactionTestCase
from django_project.models import Entry
from scope_suites.shop import Shop, names

import airlock

SERVERS = ("postgres", "mariadb")


class InTestCase:
    """The tests of a test case that runs in a transaction; the subclasses below run them on each database."""

    alias: str
    captureOnCommitCallbacks: Any  # noqa: N815 (Django's name)

    def setUp(self) -> None:
        self.shop = Shop(self.alias)

    def test_nothing_goes_out_by_itself(self) -> None:
        with self.shop.scope() as scope:
            self.shop.order("a")
            with self.shop.atomic():
                self.shop.order("b")
            with self.shop.undone():
                self.shop.order("c")

        assert (self.shop.sent, names(scope.pending), names(scope.rolled_back)) == ([], ["a", "b"], ["c"])

    def test_a_scope_that_records_needs_no_commit(self) -> None:
        recorded = airlock.Scope()
        with pytest.raises(KeyError):
            with recorded:
                with self.shop.atomic():
                    with self.shop.scope():
                        self.shop.order("a")
                assert names(recorded.intents) == ["a"]
                raise KeyError

    def test_captured_callbacks_let_it_out(self) -> None:
        with self.captureOnCommitCallbacks(using=self.alias, execute=True) as callbacks:
            with self.shop.scope() as scope:
                self.shop.order("a")
                with self.shop.undone():
                    self.shop.order("b")
            assert self.shop.sent == []

        assert (self.shop.sent, scope.pending, len(callbacks)) == (["a"], [], 1)

    def test_captured_callbacks_let_it_out_block_by_block(self) -> None:
        with self.shop.scope():
            self.shop.order("left behind")
        for name in ("a", "b"):
            with self.captureOnCommitCallbacks(using=self.alias, execute=True) as callbacks:
                with self.shop.scope():
                    self.shop.order(name)
            assert (self.shop.sent[-1:], len(callbacks)) == ([name], 1)

        assert self.shop.sent == ["a", "b"]

    def test_captured_callbacks_let_out_what_was_enqueued_outside_a_savepoint_and_left_inside(self) -> None:
        with self.shop.scope():
            self.shop.order("left behind")
        with self.captureOnCommitCallbacks(using=self.alias, execute=True):
            scope = self.shop.scope().enter()
            self.shop.order("a")
            with self.shop.undone():
                self.shop.order("b")
                scope.exit()
                scope.flush()
            with self.shop.scope():
                self.shop.order("c")

        assert (self.shop.sent, names(scope.rolled_back)) == (["a", "c"], ["b"])

    def test_captured_callbacks_that_are_not_executed_keep_it_back(self) -> None:
        with self.captureOnCommitCallbacks(using=self.alias) as callbacks:
            with self.shop.scope() as scope:
                self.shop.order("a")
        assert (self.shop.sent, names(scope.pending)) == ([], ["a"])

        for callback in [*callbacks, *callbacks]:
            callback()
        assert (self.shop.sent, scope.pending) == (["a"], [])

    def test_nothing_is_captured_of_what_was_rolled_back(self) -> None:
        with self.captureOnCommitCallbacks(using=self.alias) as callbacks:
            with self.shop.undone():
                with self.shop.scope():
                    self.shop.order("a")

        assert callbacks == []

    def test_a_scope_around_captured_callbacks_takes_them_for_the_commit(self) -> None:
        with self.shop.scope():
            with self.captureOnCommitCallbacks(using=self.alias, execute=True):
                self.shop.order("a")

        assert self.shop.sent == ["a"]

    def test_tasks_that_enqueue_go_out_with_the_callbacks_too(self) -> None:
        def executor(intent: airlock.Intent) -> None:
            self.shop.executor(intent)
            if intent.args[0] == "a":
                with self.shop.scope():
                    self.shop.order("b")

        with self.captureOnCommitCallbacks(using=self.alias, execute=True):
            with self.shop.scope(executor=executor):
                self.shop.order("a")

        assert self.shop.sent == ["a", "b"]

    def test_a_replaced_on_commit_that_calls_at_once_lets_it_out_at_once(self) -> None:
        with patch("django.db.transaction.on_commit", lambda function, using=None, robust=False: function()):
            with self.shop.scope():
                self.shop.order("a")
                self.shop.order("b")
            with self.shop.scope():
                self.shop.order("c")

        assert self.shop.sent == ["a", "b", "c"]
        assert self.hooks() == []

    def test_durable_blocks_are_allowed(self) -> None:
        with self.captureOnCommitCallbacks(using=self.alias, execute=True):
            with self.shop.scope():
                with self.shop.atomic(durable=True):
                    self.shop.order("a")

        assert self.shop.sent == ["a"]

    async def test_an_asynchronous_scope_stays_in_the_transaction_of_the_test(self) -> None:
        async with self.shop.scope() as scope:
            airlock.enqueue(self.shop.send, "from the event loop")
            await sync_to_async(self.shop.order)("from the thread")

        assert (self.shop.sent, names(scope.pending)) == ([], ["from the event loop", "from the thread"])
        (hook,) = await sync_to_async(self.hooks)()
        await sync_to_async(hook)()
        assert self.shop.sent == ["from the event loop", "from the thread"]

    def hooks(self) -> list[Any]:
        return [hook for _, hook, _ in connections[self.alias].run_on_commit]

    def test_nothing_of_the_test_before_is_left(self) -> None:
        assert (self.hooks(), connections[self.alias].execute_wrappers) == ([], [])
        assert not Entry.objects.using(self.alias).exists()


class TestSqlite(InTestCase, TestCase):
    alias = "default"
    databases = frozenset({"default"})


class TestSqliteTransactions(TransactionTestCase):
    databases = frozenset({"default"})

    def test_a_commit_is_a_commit(self) -> None:
        shop = Shop("default")
        with transaction.atomic():
            with shop.scope():
                shop.order("a")
            assert shop.sent == []
        assert shop.sent == ["a"]

    def test_captured_callbacks_around_a_commit_are_nobodys(self) -> None:
        shop = Shop("default")
        with TestCase.captureOnCommitCallbacks(execute=True) as callbacks:
            with transaction.atomic():
                with shop.scope():
                    shop.order("a")

        assert (shop.sent, callbacks) == (["a"], [])

    def test_captured_callbacks_inside_a_transaction_come_before_its_commit_and_once(self) -> None:
        shop = Shop("default")
        with transaction.atomic():
            with TestCase.captureOnCommitCallbacks(execute=True):
                with shop.scope():
                    shop.order("a")
            assert shop.sent == ["a"]

        assert shop.sent == ["a"]

    def test_captured_callbacks_that_outlive_a_transaction_which_was_rolled_back_are_no_commit(self) -> None:
        for forgotten in (True, False):
            shop = Shop("default")
            with shop.scope() as scope:
                with shop.undone():
                    with TestCase.captureOnCommitCallbacks() as callbacks:
                        shop.order("a")
                assert len(callbacks) == 1
                if forgotten:
                    callbacks.clear()
                with shop.atomic():
                    shop.order("b")

            assert (shop.sent, names(scope.undispatched)) == (["b"], ["a"])
            shop.empty()


def test_a_test_case_that_ends_leaves_nothing_to_report(signals: list[Any]) -> None:
    class Inner(TestCase):
        databases = frozenset({"default"})

        def test(self) -> None:
            shop = Shop("default")
            with shop.scope():
                shop.order("left behind")
            with self.captureOnCommitCallbacks(execute=True):
                with shop.scope():
                    shop.order("let out")
            with shop.scope():
                shop.order("left behind too")

    result = unittest.TestResult()
    unittest.TestSuite([Inner("test")]).run(result)

    assert (result.testsRun, result.errors, result.failures, signals) == (1, [], [], [])


if "postgres" in connections.settings:

    @pytest.mark.server
    class TestPostgres(InTestCase, TestCase):
        alias = "postgres"
        databases = frozenset({"postgres"})


if "mariadb" in connections.settings:

    @pytest.mark.server
    class TestMariadb(InTestCase, TestCase):
        alias = "mariadb"
        databases = frozenset({"mariadb"})
