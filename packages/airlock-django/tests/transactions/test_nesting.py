"""Scopes inside one another, and what was enqueued where."""

import pytest
from scope_suites.shop import Shop, names

import airlock
from airlock.integrations.django import DjangoScope


def test_what_an_inner_scope_leaves_is_dispatched_by_the_outer_one_if_it_was_committed(shop: Shop) -> None:
    inner: list[str] = []
    with shop.scope() as outer:
        shop.order("a")
        with shop.atomic():
            with shop.scope(executor=lambda intent: inner.append(intent.args[0])):
                shop.order("b")
                with shop.undone():
                    shop.order("c")
        with shop.undone():
            with shop.scope():
                shop.order("d")

    assert (shop.sent, inner, names(outer.rolled_back)) == (["a", "b"], [], ["c", "d"])


def test_scopes_of_other_classes_may_stand_between(shop: Shop) -> None:
    with shop.scope():
        with airlock.Scope():
            with shop.atomic():
                shop.order("a")
                with shop.undone():
                    with airlock.Scope():
                        shop.order("b")

    assert shop.sent == ["a"]


def test_an_ancestor_that_lets_all_go_leaves_it_to_the_transaction(shop: Shop) -> None:
    class LetGo(DjangoScope):
        def before_descendant_flushes(
            self, exiting_scope: airlock.Scope, intents: list[airlock.Intent]
        ) -> list[airlock.Intent]:
            return intents

    with LetGo(using=shop.alias):
        with shop.scope():
            shop.order("at once")
        assert shop.sent == ["at once"]
        with shop.atomic():
            with shop.scope() as inner:
                shop.order("at the commit")
                with shop.undone():
                    shop.order("never")
            assert (shop.sent, names(inner.pending)) == (["at once"], ["at the commit"])
        assert shop.sent == ["at once", "at the commit"]


def test_a_policy_is_asked_before_the_commit_and_not_again(shop: Shop) -> None:
    asked: list[str] = []

    class Ask(airlock.AllowAll):
        def allows(self, intent: airlock.Intent) -> bool:
            asked.append(intent.args[0])
            return intent.args[0] != "dropped"

    with shop.atomic():
        with shop.scope(policy=Ask()) as scope:
            for name in ("a", "dropped"):
                shop.order(name)
        assert asked == ["a", "dropped"]

    assert (shop.sent, names([verdict.intent for verdict in scope.dropped])) == (["a"], ["dropped"])
    assert asked == ["a", "dropped"]


def test_a_scope_that_fails_sends_nothing_although_the_transaction_inside_was_committed(shop: Shop) -> None:
    with pytest.raises(KeyError):
        with shop.scope() as scope:
            with shop.atomic():
                shop.order("a")
            raise KeyError

    assert (shop.sent, shop.rows, scope.is_discarded) == ([], ["a"], True)
    assert (scope.pending, scope.rolled_back, scope.undispatched) == ([], [], [])


def test_a_thousand_levels_mark_an_intent_once(shop: Shop) -> None:
    scopes = [shop.scope().enter() for _ in range(1000)]
    with shop.atomic():
        shop.order("a")
        with shop.undone():
            shop.order("b")
    for scope in reversed(scopes):
        scope.exit()
        scope.flush()

    assert (shop.sent, names(scopes[0].rolled_back)) == (["a"], ["b"])
    assert {len(scope._observers) for scope in scopes} == {1}


def test_what_was_rolled_back_shows_in_a_preview(shop: Shop) -> None:
    with shop.scope() as scope:
        with shop.atomic():
            shop.order("a")
            with shop.undone():
                shop.order("b")
            assert [(verdict.intent.args[0], verdict.allowed) for verdict in scope.preview()] == [
                ("a", True),
                ("b", False),
            ]
