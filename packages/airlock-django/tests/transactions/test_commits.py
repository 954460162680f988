"""What goes out after a commit, and when."""

import pytest
from django.db import connections, transaction
from scope_suites.moody import Moody
from scope_suites.shop import Shop, names

import airlock
from airlock.integrations.django import DjangoScope


def test_nothing_goes_out_before_the_commit(shop: Shop) -> None:
    with shop.atomic():
        with shop.scope() as scope:
            shop.order("a")
        assert shop.sent == scope.dispatched == []
        assert names(scope.pending) == names(scope.undispatched) == ["a"]

    assert shop.sent == names(scope.dispatched) == ["a"]
    assert scope.pending == scope.undispatched == []


def test_it_goes_out_when_the_transaction_is_over_and_another_may_begin(shop: Shop) -> None:
    def executor(intent: airlock.Intent) -> None:
        with shop.atomic(durable=True):
            shop.executor(intent)

    with shop.atomic():
        with shop.scope(executor=executor):
            shop.order("a")

    assert shop.sent == ["a"]


def test_a_scope_around_the_transaction_sends_when_it_ends(shop: Shop) -> None:
    with shop.scope():
        with shop.atomic():
            shop.order("a")
        assert (shop.sent, shop.rows) == ([], ["a"])

    assert shop.sent == ["a"]


def test_what_an_executor_returned_is_kept(shop: Shop) -> None:
    with shop.atomic():
        with shop.scope(executor=Moody(shop)) as scope:
            intent = shop.order("a")

    assert scope.results == {intent: "handle of a"}


def test_scopes_go_out_in_the_order_in_which_they_were_left(shop: Shop) -> None:
    with shop.atomic():
        with shop.scope():
            shop.order("a")
        with shop.atomic():
            with shop.scope():
                shop.order("b")
                shop.order("c")
        with shop.scope():
            shop.order("d")

    assert shop.sent == ["a", "b", "c", "d"]


def test_one_hook_a_transaction_is_enough(shop: Shop) -> None:
    with shop.atomic():
        for number in range(5):
            with shop.scope():
                shop.order(f"{number}")
                with shop.atomic():
                    shop.order(f"{number} nested")
                with shop.undone():
                    shop.order(f"{number} undone")
            assert len(shop.connection.run_on_commit) == 1

    assert len(shop.sent) == 10


def test_a_hook_that_dies_with_its_savepoint_leaves_none(shop: Shop) -> None:
    with shop.atomic():
        with shop.scope():
            with shop.undone():
                shop.order("a")
            assert (shop.connection.run_on_commit, shop.connection.execute_wrappers) == ([], [])


def test_without_atomic_blocks_and_autocommit_the_flush_says_what_to_do(shop: Shop) -> None:
    transaction.set_autocommit(False, using=shop.alias)
    try:
        with pytest.raises(airlock.UsageError, match=r"transaction\.atomic\(\)") as caught:
            with shop.scope() as scope:
                intent = airlock.enqueue(shop.send, "a")
    finally:
        transaction.rollback(using=shop.alias)
        transaction.set_autocommit(True, using=shop.alias)

    assert (caught.value.intent, scope.undispatched, shop.sent) == (intent, [intent], [])


def test_atomic_blocks_without_autocommit_are_told_too(shop: Shop) -> None:
    transaction.set_autocommit(False, using=shop.alias)
    try:
        with pytest.raises(airlock.UsageError, match="autocommit"):
            with shop.scope() as scope:
                with shop.atomic():
                    airlock.enqueue(shop.send, "a")
    finally:
        transaction.rollback(using=shop.alias)
        transaction.set_autocommit(True, using=shop.alias)

    assert (names(scope.undispatched), shop.sent) == (["a"], [])


def test_the_other_database_decides_nothing(shop: Shop) -> None:
    other = Shop("other")
    with shop.scope():
        with other.undone():
            shop.order("a")
        with other.atomic():
            with shop.undone():
                shop.order("b")
            with shop.scope():
                shop.order("c")

    assert shop.sent == shop.rows == ["a", "c"]


def test_an_intent_belongs_to_the_database_of_its_scope_when_another_has_captured_it(shop: Shop) -> None:
    other = Shop("other")
    with other.atomic():
        with other.scope(executor=shop.executor) as outer:
            airlock.enqueue(shop.send, "waits for the other")
            with shop.undone():
                with shop.scope():
                    shop.order("undone")
            with shop.atomic():
                with shop.scope():
                    shop.order("done")
            with shop.undone():
                airlock.enqueue(shop.send, "waits for the other too")
        assert (shop.sent, names(outer.pending)) == (["done"], ["waits for the other", "waits for the other too"])

    assert shop.sent == ["done", "waits for the other", "waits for the other too"]
    assert names(outer.rolled_back) == ["undone"]


def test_a_scope_knows_its_database() -> None:
    assert (DjangoScope().using, DjangoScope(using="other").using) == ("default", "other")


def test_an_unknown_database_is_told_where_the_scope_is_made() -> None:
    assert "nowhere" not in connections.settings
    with pytest.raises(airlock.UsageError, match="DATABASES has no 'nowhere'"):
        DjangoScope(using="nowhere")
