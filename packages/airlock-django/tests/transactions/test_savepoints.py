"""What was rolled back never goes out, and what was committed does; the rows beside the effects say which is which."""

from contextlib import suppress
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django_project.models import Entry
from scope_suites.shop import FORMS, Shop, names

import airlock
from airlock.testing import capture


@pytest.fixture(params=FORMS.values(), ids=FORMS)
def form(request: pytest.FixtureRequest) -> Any:
    """A way to roll back to a savepoint."""
    return request.param


def test_what_a_savepoint_took_back_stays_here(shop: Shop, form: Any) -> None:
    with shop.scope() as scope:
        with shop.atomic():
            shop.order("before")
            with form(shop):
                shop.order("inside")
            shop.order("after")

    assert shop.sent == shop.rows == ["before", "after"]
    assert names(scope.rolled_back) == ["inside"]
    assert scope.undispatched == []


def test_what_a_savepoint_took_back_stays_here_if_nothing_was_enqueued_before_it(shop: Shop, form: Any) -> None:
    with shop.scope():
        with shop.atomic():
            with form(shop):
                shop.order("inside")
            shop.order("after")

    assert shop.sent == shop.rows == ["after"]


def test_a_scope_that_is_left_inside_a_savepoint_which_is_rolled_back_sends_what_was_enqueued_outside(
    shop: Shop, form: Any
) -> None:
    scope = shop.scope()
    with shop.atomic():
        scope.enter()
        shop.order("before")
        with form(shop):
            shop.order("inside")
            scope.exit()
            scope.flush()
        assert (names(scope.pending), names(scope.rolled_back)) == (["before"], ["inside"])

    assert shop.sent == shop.rows == ["before"]
    assert (scope.pending, scope.undispatched, names(scope.rolled_back)) == ([], [], ["inside"])


def test_savepoints_inside_one_that_is_rolled_back_go_with_it(shop: Shop, form: Any) -> None:
    with shop.scope():
        with shop.atomic():
            with form(shop):
                with shop.atomic():
                    shop.order("kept, then lost")
                with shop.undone():
                    shop.order("lost twice")
            shop.order("after")

    assert shop.sent == shop.rows == ["after"]


def test_a_savepoint_is_rolled_back_more_than_once(shop: Shop) -> None:
    with shop.scope():
        with shop.atomic():
            shop.execute("SAVEPOINT mine")
            for name in "ab":
                shop.order(name)
                shop.execute("ROLLBACK TO SAVEPOINT mine")
            shop.order("c")

    assert shop.sent == shop.rows == ["c"]


def test_a_name_may_be_used_twice(shop: Shop) -> None:
    with shop.scope():
        with shop.atomic():
            shop.execute("SAVEPOINT mine")
            shop.order("a")
            shop.execute("SAVEPOINT mine")
            shop.order("b")
            shop.execute("ROLLBACK TO SAVEPOINT mine")
            shop.execute("RELEASE SAVEPOINT mine")
            shop.order("c")

    assert shop.sent == shop.rows == ["a", "c"]


def test_what_is_released_belongs_to_what_is_around_it(shop: Shop) -> None:
    with shop.scope():
        with shop.atomic():
            shop.execute("SAVEPOINT outer_one")
            shop.execute("SAVEPOINT inner_one")
            shop.order("a")
            shop.execute("RELEASE SAVEPOINT inner_one")
            shop.order("b")
            shop.execute("ROLLBACK TO SAVEPOINT outer_one")
            shop.order("c")
            shop.execute("RELEASE SAVEPOINT outer_one")
            shop.order("d")

    assert shop.sent == shop.rows == ["c", "d"]


def test_a_savepoint_older_than_the_scope_takes_all_of_it_with_it(shop: Shop, form: Any) -> None:
    with shop.atomic():
        with form(shop):
            with shop.scope() as scope:
                shop.order("a")

    assert shop.sent == shop.rows == []
    assert names(scope.rolled_back) == ["a"]


def test_savepoints_that_are_released_after_a_scope_began_inside_them(shop: Shop) -> None:
    with shop.atomic():
        shop.execute("SAVEPOINT older")
        with shop.scope():
            shop.order("a")
            shop.execute("SAVEPOINT newer")
            shop.order("b")
            shop.execute("RELEASE SAVEPOINT older")
            shop.order("c")

    assert shop.sent == shop.rows == ["a", "b", "c"]


def test_a_name_that_is_older_than_the_scope_and_used_again_inside_it(shop: Shop) -> None:
    with shop.atomic():
        shop.execute("SAVEPOINT mine")
        shop.execute("SAVEPOINT around")
        with shop.scope():
            shop.order("a")
            if shop.connection.vendor != "mysql":  # where a second one replaces the first
                shop.execute("SAVEPOINT mine")
            shop.execute("RELEASE SAVEPOINT around")
            shop.execute("ROLLBACK TO SAVEPOINT mine")
            shop.order("c")

    assert shop.sent == shop.rows == ["c"]


def test_two_levels_up(shop: Shop) -> None:
    with shop.scope():
        with shop.atomic():
            shop.order("a")
            with shop.undone():
                shop.order("b")
                with shop.atomic():
                    shop.order("c")
                    with shop.atomic():
                        shop.order("d")

    assert shop.sent == shop.rows == ["a"]


def test_a_block_without_a_savepoint_takes_the_one_around_it_with_it(shop: Shop) -> None:
    with shop.scope():
        with shop.atomic():
            shop.order("a")
            with shop.atomic():
                shop.order("b")
                with shop.undone(savepoint=False):
                    shop.order("c")
            shop.connection.needs_rollback = False

    assert shop.sent == shop.rows == ["a"]


def test_a_block_without_a_savepoint_takes_the_transaction_with_it(shop: Shop) -> None:
    with shop.scope() as scope:
        with shop.atomic():
            shop.order("a")
            with shop.undone(savepoint=False):
                shop.order("b")

    assert shop.sent == shop.rows == []
    assert names(scope.rolled_back) == ["a", "b"]


@pytest.mark.parametrize("inside", [True, False])
def test_a_block_that_is_marked_for_rollback(shop: Shop, inside: bool) -> None:
    with shop.scope():
        with shop.atomic():
            shop.order("a")
            with shop.atomic():
                shop.order("b")
                if inside:
                    transaction.set_rollback(True, using=shop.alias)
            if not inside:
                transaction.set_rollback(True, using=shop.alias)

    assert shop.sent == shop.rows == (["a"] if inside else [])


def test_an_error_of_the_database_that_is_swallowed_without_a_block_of_its_own(shop: Shop) -> None:
    with shop.scope():
        with shop.atomic():
            shop.order("a")
            with suppress(IntegrityError):
                Entry.objects.using(shop.alias).create(text="a")

    assert shop.sent == shop.rows == []


@pytest.mark.parametrize("inner", [True, False])
def test_an_error_of_raw_sql_that_is_swallowed(shop: Shop, inner: bool) -> None:
    statement = "INSERT INTO django_project_entry (text) VALUES ('a')"
    with shop.scope():
        with shop.atomic():
            shop.order("a")
            with suppress(IntegrityError):
                if inner:
                    with shop.atomic():
                        shop.execute(statement)
                else:
                    shop.execute(statement)
            airlock.enqueue(shop.send, "after the error")

    # PostgreSQL turns the commit into a rollback, and Django does not notice.
    kept = inner or shop.connection.vendor != "postgresql"
    assert shop.rows == (["a"] if kept else [])
    assert shop.sent == (["a", "after the error"] if kept else [])


def test_a_durable_block(shop: Shop) -> None:
    with shop.scope():
        with shop.undone(durable=True):
            shop.order("a")
        with shop.atomic(durable=True):
            shop.order("b")

    assert shop.sent == shop.rows == ["b"]


def test_a_whole_transaction_that_rolls_back_inside_a_scope(shop: Shop) -> None:
    with shop.scope() as scope:
        shop.order("a")
        with shop.undone():
            shop.order("b")
        with shop.atomic():
            shop.order("c")
        with shop.undone():
            shop.order("d")
        shop.order("e")
        assert shop.sent == []

    assert shop.sent == shop.rows == ["a", "c", "e"]
    assert names(scope.rolled_back) == ["b", "d"]


def test_a_whole_transaction_that_rolls_back_around_a_scope(shop: Shop) -> None:
    with shop.undone():
        with shop.scope() as scope:
            shop.order("a")
        assert (names(scope.pending), names(scope.undispatched)) == (["a"], ["a"])

    assert shop.sent == shop.rows == []
    assert (scope.pending, scope.undispatched, names(scope.rolled_back)) == ([], [], ["a"])


def test_raw_sql_that_rolls_everything_back(shop: Shop) -> None:
    with shop.scope():
        with shop.atomic():
            shop.order("a")
            shop.execute("ROLLBACK")
            shop.order("b")

    assert shop.sent == shop.rows == ["b"]


@pytest.mark.parametrize("alias", [pytest.param("postgres", marks=pytest.mark.server)])
def test_sql_composed_by_the_driver_is_understood(shop: Shop) -> None:
    from psycopg.sql import SQL, Identifier

    with shop.scope():
        with shop.atomic():
            shop.execute(SQL("SAVEPOINT {}").format(Identifier("Mine")))
            shop.order("a")
            shop.execute(SQL("SAVEPOINT {}").format(Identifier("mine")))
            shop.order("b")
            shop.execute(SQL("ROLLBACK TO SAVEPOINT {}").format(Identifier("mine")))
            shop.order("c")
            shop.execute("INSERT INTO django_project_entry (text) VALUES ('d'); ROLLBACK TO \"Mine\"")
            shop.order("e")

    assert shop.sent == shop.rows == ["e"]


def test_what_was_rolled_back_does_not_make_a_duplicate_of_what_is_wanted_again(shop: Shop, form: Any) -> None:
    with shop.scope(policy=airlock.DropDuplicates()) as scope:
        with shop.atomic():
            with form(shop):
                first = shop.order("again")
            second = shop.order("again")
            third = airlock.enqueue(shop.send, "again")
            verdicts = [verdict.allowed for verdict in scope.preview()]

    assert verdicts == [False, True, False]
    assert (scope.rolled_back, scope.dispatched) == ([first], [second])
    assert [verdict.intent for verdict in scope.dropped] == [third]


def test_nor_does_it_for_a_policy_of_a_region_of_code(shop: Shop) -> None:
    with shop.scope() as scope, airlock.policy(airlock.DropDuplicates()):
        with shop.undone():
            shop.order("again")
        second = shop.order("again")

    assert scope.dispatched == [second]


def test_a_recording_leaves_out_what_was_rolled_back(shop: Shop, form: Any) -> None:
    with capture() as effects:
        with shop.scope():
            with shop.atomic():
                with form(shop):
                    inside = shop.order("inside")
                after = shop.order("after")

    assert list(effects) == [after]
    assert [entry.intent for entry in effects.dropped] == [inside]
    assert shop.sent == []


def test_a_recording_forgets_what_is_rolled_back_after_its_scope_has_ended(shop: Shop) -> None:
    with capture() as effects:
        with shop.undone():
            with shop.scope():
                shop.order("inside")

    effects.assert_nothing_enqueued()
    assert [entry.reason for entry in effects.dropped] == ["rolled back"]
