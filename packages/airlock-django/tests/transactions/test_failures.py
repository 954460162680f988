"""What could not be dispatched, and who hears of it."""

import logging
from typing import Any

import pytest
from scope_suites.moody import Moody, Unreachable
from scope_suites.shop import Shop, Undo, names

import airlock
from airlock.integrations.django import DjangoScope, intents_undispatched


def test_in_autocommit_a_failure_reaches_the_caller_and_is_the_last(shop: Shop, signals: list[Any]) -> None:
    with pytest.raises(ValueError, match="cannot send bad") as caught:
        with shop.scope(executor=Moody(shop)) as scope:
            for name in ["a", "bad", "b"]:
                shop.order(name)

    assert (shop.sent, names(scope.undispatched)) == (["a"], ["bad", "b"])
    assert [names(signal["intents"]) for signal in signals] == [["bad", "b"]]
    assert "not dispatched: send('bad'), send('b')" in caught.value.__notes__[0]


def test_a_commit_inside_the_scope_counts_as_well(shop: Shop, signals: list[Any]) -> None:
    with shop.scope(executor=Moody(shop)) as scope:
        shop.order("first")
        with shop.atomic():
            for name in ["a", "bad", "b"]:
                shop.order(name)

    assert shop.sent == names(scope.dispatched) == ["first", "a", "b"]
    assert names(scope.undispatched) == ["bad"]
    assert [names(signal["intents"]) for signal in signals] == [["bad"]]


def test_a_transaction_that_was_rolled_back_gives_nobody_an_answer(shop: Shop) -> None:
    with pytest.raises(ValueError, match="cannot send bad"):
        with shop.scope(executor=Moody(shop)):
            with shop.undone():
                shop.order("inside")
            shop.order("bad")


def test_after_a_commit_a_bad_intent_does_not_stop_the_others(shop: Shop, signals: list[Any]) -> None:
    with shop.atomic():
        with shop.scope(executor=Moody(shop)) as scope:
            for name in ["a", "bad one", "b", "bad two", "c"]:
                shop.order(name)

    assert shop.sent == names(scope.dispatched) == ["a", "b", "c"]
    assert names(scope.undispatched) == ["bad one", "bad two"]
    assert [(signal["sender"], signal["scope"], names(signal["intents"])) for signal in signals] == [
        (DjangoScope, scope, ["bad one", "bad two"])
    ]
    assert [str(error) for error in signals[0]["errors"]] == ["cannot send bad one", "cannot send bad two"]


def test_after_a_commit_a_backend_that_is_down_stops_the_rest(shop: Shop, signals: list[Any]) -> None:
    with shop.atomic():
        with shop.scope(executor=Moody(shop)) as scope:
            for name in ["a", "bad", "down", "b"]:
                shop.order(name)

    assert (shop.sent, names(scope.undispatched)) == (["a"], ["bad", "down", "b"])
    assert [type(error) for error in signals[0]["errors"]] == [ValueError, Unreachable]


def test_each_undispatched_intent_is_logged_without_its_arguments(shop: Shop, caplog: Any) -> None:
    caplog.set_level(logging.INFO, logger="airlock")
    with shop.atomic():
        with shop.scope(executor=Moody(shop)) as scope:
            for name in ["bad secret", "down secret", "left secret"]:
                shop.order(name)

    first, second, third = caplog.messages
    assert (f"task send, intent {scope.intents[0].id}" in first, "DjangoScope" in first) == (True, True)
    assert (first.endswith("ValueError"), second.endswith("Unreachable"), third.endswith("Unreachable")) == (True,) * 3
    assert "secret" not in caplog.text


def test_tracebacks_and_what_was_rolled_back_are_there_to_be_debugged(shop: Shop, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG, logger="airlock")
    with shop.atomic():
        with shop.scope(executor=Moody(shop)) as scope:
            shop.order("bad")
            with shop.undone():
                shop.order("undone")

    by_level = {record.levelname: record for record in caplog.records if "rolled back" not in record.message}
    assert (by_level["ERROR"].exc_info, by_level["DEBUG"].exc_info[0]) == (None, ValueError)
    assert f"rolled back: task send, intent {scope.rolled_back[0].id}" in caplog.text


def test_an_executor_that_cannot_be_found_is_no_error_of_the_caller_after_a_commit(
    shop: Shop, signals: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(scope: DjangoScope) -> Any:
        raise ImportError("no such queue")

    with shop.atomic():
        with shop.scope() as scope:
            shop.order("a")
        monkeypatch.setattr(DjangoScope, "executor", property(explode))

    assert names(scope.undispatched) == ["a"]
    assert [str(error) for error in signals[0]["errors"]] == ["no such queue"]


@pytest.mark.parametrize("ending", ["exit", "interrupt"])
def test_the_end_of_the_program_in_a_commit_hook_leaves_nothing_unsaid(
    shop: Shop, signals: list[Any], ending: str
) -> None:
    scopes: list[DjangoScope] = []
    with pytest.raises((SystemExit, KeyboardInterrupt)):
        with shop.atomic():
            for some in (["a", ending, "b"], ["c"], ["d"]):
                with shop.scope(executor=Moody(shop)) as scope:
                    scopes.append(scope)
                    for name in some:
                        shop.order(name)

    assert shop.sent == ["a"]
    assert [names(scope.undispatched) for scope in scopes] == [[ending, "b"], ["c"], ["d"]]
    assert [names(signal["intents"]) for signal in signals] == [[ending, "b"], ["c"], ["d"]]
    assert names(scopes[0].uncertain) == [ending]


def test_a_receiver_that_raises_is_no_error_of_the_caller(shop: Shop, signals: list[Any]) -> None:
    def explode(**_: Any) -> None:
        raise Undo

    intents_undispatched.connect(explode)
    try:
        with shop.atomic():
            with shop.scope(executor=Moody(shop)):
                shop.order("bad")
    finally:
        intents_undispatched.disconnect(explode)

    assert len(signals) == 1


def test_what_has_to_be_awaited_is_told_after_the_commit_of_a_plain_scope(shop: Shop, signals: list[Any]) -> None:
    async def executor(intent: airlock.Intent) -> None: ...

    with shop.atomic():
        with shop.scope(executor=executor) as scope:
            shop.order("a")

    assert names(scope.undispatched) == ["a"]
    assert "async with airlock.scope()" in str(signals[0]["errors"][0])
