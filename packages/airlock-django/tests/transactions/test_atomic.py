"""A scope and a transaction in one."""

import threading
from contextlib import suppress

import pytest
from django.db import transaction
from django.test import override_settings
from scope_suites.shop import Undo

import airlock
from airlock.integrations.django import DjangoScope, atomic


@pytest.fixture
def together(shop):
    """Return a block on the database of the shop."""

    def make(**arguments):
        return atomic(**{"using": shop.alias, "executor": shop.executor, **arguments})

    return make


class Objects(airlock.Policy):
    def allows(self, intent):
        raise airlock.PolicyViolation("not today", intent=intent)


def test_effects_go_out_when_the_block_has_committed(shop, together):
    with together() as scope:
        shop.order("first")
        assert isinstance(scope, DjangoScope)
        assert airlock.get_current_scope() is scope
    assert shop.rows == shop.sent == ["first"]


def test_the_scope_has_ended_before_the_transaction_does(shop, together):
    seen = []
    with together() as scope:
        transaction.on_commit(lambda: seen.append((scope.is_flushed, len(scope.pending))), using=shop.alias)
        shop.order("first")
    assert seen == [(True, 1)]


def test_an_exception_rolls_back_and_drops_effects(shop, together):
    with pytest.raises(Undo):
        with together() as scope:
            shop.order("first")
            raise Undo
    assert shop.rows == shop.sent == []
    assert scope.is_discarded


def test_a_policy_that_objects_at_the_end_rolls_back(shop, together):
    with pytest.raises(airlock.PolicyViolation, match="not today"):
        with together(policy=Objects()):
            shop.order("first")
    assert shop.rows == shop.sent == []
    assert not shop.connection.in_atomic_block


def test_a_scope_that_is_left_open_inside_rolls_back(shop, together):
    with pytest.raises(airlock.ScopeStateError):
        with together():
            shop.order("first")
            shop.scope().enter()
    assert shop.rows == shop.sent == []
    assert airlock.get_current_scope() is None


def test_a_block_that_is_told_to_roll_back_lets_nothing_out(shop, together):
    with together() as scope:
        shop.order("first")
        transaction.set_rollback(True, using=shop.alias)
    assert shop.rows == shop.sent == []
    assert len(scope.rolled_back) == 1


def test_a_block_inside_another_shares_its_fate(shop, together):
    with together():
        shop.order("outer")
        with together():
            shop.order("inner")
        assert shop.sent == []
    assert shop.sent == ["outer", "inner"]
    with suppress(Undo):
        with together():
            with together():
                shop.order("again")
            raise Undo
    assert shop.rows == shop.sent == ["outer", "inner"]


def test_a_block_inside_another_that_fails_takes_its_own_with_it(shop, together):
    with together():
        shop.order("before")
        with suppress(Undo):
            with together():
                shop.order("inside")
                raise Undo
        shop.order("after")
    assert shop.rows == shop.sent == ["before", "after"]


def test_without_a_savepoint_a_block_inside_another_takes_all_with_it(shop, together):
    with together():
        shop.order("before")
        with suppress(Undo):
            with together(savepoint=False):
                raise Undo
    assert shop.rows == shop.sent == []


def test_a_durable_block_refuses_to_be_inside_another_and_leaves_no_scope_behind(shop, together):
    with together():
        with pytest.raises(RuntimeError, match="durable"):
            with together(durable=True):
                pass
        shop.order("first")
    assert shop.sent == ["first"]


def test_an_enclosing_scope_keeps_the_effects_until_it_ends(shop, together):
    with shop.scope():
        with together():
            shop.order("first")
        assert shop.rows == ["first"]
        assert shop.sent == []
    assert shop.sent == ["first"]


def test_one_block_may_be_entered_again_and_inside_itself(shop, together):
    block = together()
    with block as outer, block as inner:
        shop.order("first")
        assert inner.parent is outer
    with block as later:
        shop.order("second")
    assert shop.rows == shop.sent == ["first", "second"]
    assert len({outer, inner, later}) == 3


def test_it_decorates_a_function_and_each_call_is_a_block_of_its_own(shop, together):
    @together()
    def place(name, *, fails=False):
        """Place an order."""
        shop.order(name)
        if fails:
            raise Undo
        return name

    assert place("first") == "first"
    with pytest.raises(Undo):
        place("second", fails=True)
    assert (place.__name__, place.__doc__) == ("place", "Place an order.")
    assert shop.rows == shop.sent == ["first"]


def test_a_decorated_function_may_call_itself(shop, together):
    @together()
    def place(count):
        shop.order(str(count))
        if count:
            place(count - 1)

    place(2)
    assert shop.rows == shop.sent == ["2", "1", "0"]


def test_one_block_serves_threads_at_the_same_time(shop, together):
    # SQLite lets one write at a time: there, the second waits for the first before it begins.
    block = together()
    inside = [threading.Event(), threading.Event()]
    failures = []

    def run(own, other, name):
        try:
            with block as scope:
                own.set()
                if shop.connection.vendor != "sqlite":
                    assert other.wait(30)
                shop.order(name)
                assert airlock.get_current_scope() is scope
        except BaseException as error:
            failures.append(error)
        finally:
            type(shop)(shop.alias).connection.close()

    threads = [
        threading.Thread(target=run, args=(inside[index], inside[1 - index], name))
        for index, name in enumerate(["first", "second"])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sorted(shop.rows) == sorted(shop.sent) == ["first", "second"]


def test_it_decorates_without_parentheses_too(web_effects):
    @atomic
    def place():
        airlock.enqueue(web_effects.append, "placed")
        assert transaction.get_connection().in_atomic_block
        assert web_effects == []

    place()
    assert web_effects == ["placed"]


def test_it_is_on_the_database_that_the_settings_name(shop, together):
    with override_settings(AIRLOCK={"USING": shop.alias, "EXECUTOR": shop.executor}):
        with atomic() as scope:
            assert scope.using == shop.alias
            assert shop.connection.in_atomic_block


def test_it_waits_for_the_commit_whatever_the_configured_class_does(shop, together):
    with override_settings(AIRLOCK={"SCOPE": "airlock.Scope"}):
        with together():
            shop.order("first")
            assert shop.sent == []
    assert shop.sent == ["first"]


def test_the_configured_class_gets_its_arguments(shop, together):
    class Noting(DjangoScope):
        def __init__(self, *args, note="", **kwargs):
            super().__init__(*args, **kwargs)
            self.note = note

    with override_settings(AIRLOCK={"SCOPE": Noting}):
        with together(note="rush") as scope:
            pass
    assert scope.note == "rush"


def test_a_coroutine_function_is_refused_with_what_to_do_instead():
    async def pay(): ...

    with pytest.raises(TypeError, match=r"cannot decorate .*pay, a coroutine function.*sync_to_async"):
        atomic()(pay)
    with pytest.raises(TypeError, match="a coroutine function"):
        atomic(pay)


def test_a_generator_function_is_refused():
    def rows():
        yield

    with pytest.raises(TypeError, match="a generator function"):
        atomic()(rows)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"using": 3}, "alias"), ({"policy": 3}, "policy"), ({"executor": 3}, "executor")],
    ids=["using", "policy", "executor"],
)
def test_an_argument_of_the_wrong_kind_fails_where_the_block_is_made(arguments, message):
    with pytest.raises(TypeError, match=message):
        atomic(**arguments)


def test_an_unknown_database_is_named_with_those_there_are():
    with pytest.raises(airlock.UsageError, match=r"no 'othr', only 'default'"):
        with atomic("othr"):
            pass


@pytest.fixture
def web_effects():
    return []
