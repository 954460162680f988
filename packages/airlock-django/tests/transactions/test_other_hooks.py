"""The commit hooks and the query wrappers of other apps, beside ours."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.db import transaction
from scope_suites.shop import Shop, Undo, names

import airlock


def fail() -> None:
    """The hook of another app."""
    raise Undo


def end() -> None:
    """The hook of another app, in a program that is to end."""
    raise SystemExit(3)


@pytest.mark.parametrize("hook", [fail, end])
def test_the_hook_of_another_app_that_fails_first_leaves_nothing_unsaid(
    shop: Shop, signals: list[Any], hook: Callable[[], None]
) -> None:
    with suppress(Undo, SystemExit):
        with shop.atomic():
            transaction.on_commit(hook, using=shop.alias)
            with shop.scope() as scope:
                shop.order("a")

    assert (shop.sent, shop.rows) == ([], ["a"])
    assert (names(scope.undispatched), scope.pending) == (["a"], [])
    assert [(names(signal["intents"]), signal["errors"]) for signal in signals] == [(["a"], [])]


def test_the_hook_of_another_app_that_fails_first_does_not_matter_to_a_scope_around(
    shop: Shop, signals: list[Any]
) -> None:
    with shop.scope():
        with suppress(Undo):
            with shop.atomic():
                transaction.on_commit(fail, using=shop.alias)
                shop.order("a")
        with shop.undone():
            shop.order("b")

    assert (shop.sent, shop.rows, signals) == (["a"], ["a"], [])


def test_the_hook_of_another_app_that_fails_and_is_remembered(shop: Shop, signals: list[Any]) -> None:
    with shop.scope():
        with pytest.raises(Undo) as caught:
            with shop.atomic():
                transaction.on_commit(fail, using=shop.alias)
                shop.order("a")

    assert (shop.sent, signals) == (["a"], [])
    del caught


def test_the_hook_of_another_app_that_fails_and_is_remembered_over_another_transaction(
    shop: Shop, signals: list[Any], caplog: Any
) -> None:
    with shop.scope() as scope:
        with pytest.raises(Undo) as caught:
            with shop.atomic():
                transaction.on_commit(fail, using=shop.alias)
                shop.order("a")
        with shop.atomic():
            shop.connection.ensure_connection()

    # Nobody can tell any more that it was committed: it is said aloud, and not sent.
    assert (shop.sent, names(scope.undispatched)) == ([], ["a"])
    assert ([names(signal["intents"]) for signal in signals], "task send" in caplog.text) == ([["a"]], True)
    del caught


def test_what_the_hook_of_another_app_enqueues_has_nothing_to_wait_for(shop: Shop) -> None:
    def more() -> None:
        with shop.scope():
            airlock.enqueue(shop.send, "more")

    with shop.atomic():
        transaction.on_commit(more, using=shop.alias)
        with shop.scope():
            shop.order("a")

    assert shop.sent == ["more", "a"]


def test_a_scope_that_the_hook_of_another_app_leaves_sends_what_was_committed(shop: Shop) -> None:
    scope = shop.scope()

    def leave() -> None:
        scope.exit()
        scope.flush()

    with shop.atomic():
        transaction.on_commit(leave, using=shop.alias)
        scope.enter()
        shop.order("a")

    assert (shop.sent, scope.undispatched) == (["a"], [])


def test_a_failed_hook_of_the_transaction_before_says_nothing_of_this_one(shop: Shop, signals: list[Any]) -> None:
    with suppress(Undo):
        with shop.atomic():
            transaction.on_commit(fail, using=shop.alias)
    with shop.undone():
        with shop.scope() as scope:
            shop.order("a")

    assert (shop.sent, signals, names(scope.rolled_back)) == ([], [], ["a"])


def test_hooks_of_other_apps_keep_their_order(shop: Shop) -> None:
    called: list[str] = []
    with shop.atomic():
        transaction.on_commit(lambda: called.append("first"), using=shop.alias)
        with shop.undone():
            transaction.on_commit(lambda: called.append("undone"), using=shop.alias)
            with shop.scope():
                shop.order("a")
        with shop.scope():
            shop.order("b")
        transaction.on_commit(lambda: called.append("last"), using=shop.alias)

    assert (called, shop.sent) == (["first", "last"], ["b"])


def test_hooks_that_others_take_away_do_not_hide_ours(shop: Shop) -> None:
    with shop.atomic():
        transaction.on_commit(fail, using=shop.alias)
        with shop.scope():
            shop.order("a")
            del shop.connection.run_on_commit[0]
            shop.order("b")
        assert len(shop.connection.run_on_commit) == 1

    assert shop.sent == ["a", "b"]


def test_ours_outlives_a_savepoint_that_has_the_name_of_the_one_it_was_registered_in(shop: Shop) -> None:
    transaction.clean_savepoints(using=shop.alias)
    with shop.atomic():
        with shop.scope():
            with shop.atomic():
                shop.order("a")
            transaction.clean_savepoints(using=shop.alias)
            with shop.undone():
                transaction.on_commit(fail, using=shop.alias)
                shop.order("b")
        assert len(shop.connection.run_on_commit) == 1

    assert shop.sent == shop.rows == ["a"]


def test_wrappers_of_others_come_and_go_around_ours(shop: Shop) -> None:
    seen: list[str] = []

    def spy(execute: Any, sql: str, *rest: Any) -> Any:
        seen.append(sql)
        return execute(sql, *rest)

    with shop.scope():
        with shop.connection.execute_wrapper(spy):
            with shop.atomic():
                shop.order("a")
        assert shop.connection.execute_wrappers == []
        with shop.atomic():
            with shop.connection.execute_wrapper(spy):
                shop.order("b")
            with shop.undone():
                shop.order("c")

    assert shop.sent == ["a", "b"]
    assert len([sql for sql in seen if sql.startswith("INSERT")]) == 2
