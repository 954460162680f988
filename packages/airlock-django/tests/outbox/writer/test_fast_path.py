"""After the commit the writer sends its own entries, for a moment; what is left is a relay's, and nothing is raised."""

import logging
from contextlib import suppress
from typing import Any

import pytest
from django.db import transaction
from outbox_suites.writer import Desk, DownError, note, recorder, turned_on
from scope_suites.shop import names
from scope_suites.waiting import wait_until

import airlock
from airlock.integrations.django.outbox.models import OutboxEntry


def commit(desk: Desk, *orders: str) -> Any:
    """Return the scope of a transaction that was committed."""
    with desk.atomic():
        with desk.scope() as scope:
            for name in orders:
                desk.order(name)
    return scope


def take_over(desk: Desk) -> None:
    """Claim all entries, as a relay would whose turn it is."""
    OutboxEntry.objects.using(desk.alias).update(token="f" * 32, due=desk.now + 60_000)


def test_an_intent_that_fails_is_left_to_a_relay_with_what_comes_after_it(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    recorder.fails["b"] = ValueError("secret")
    with caplog.at_level(logging.INFO, "airlock"):
        scope = commit(desk, "a", "b", "c")

    (entry,) = desk.entries
    assert (desk.sent, entry.done, entry.size, entry.token, entry.attempts) == (["a"], 1, 3, "", 0)
    assert entry.due <= desk.now + 1000
    assert entry.last_error == "ValueError, task note"
    assert (names(scope.dispatched), names(scope.undispatched)) == (["a"], ["b", "c"])
    assert "left to a relay: task note" in caplog.text
    assert "secret" not in caplog.text


def test_the_first_intent_failing_releases_the_entry_untouched(desk: Desk) -> None:
    recorder.fails["a"] = ValueError()
    commit(desk, "a", "b")

    (entry,) = desk.entries
    assert (desk.sent, entry.done, entry.token) == ([], 0, "")


def test_a_bad_intent_does_not_hold_up_other_scopes(desk: Desk) -> None:
    recorder.fails["a"] = ValueError()
    with desk.atomic():
        for name in "ab":
            with desk.scope():
                desk.order(name)

    assert desk.sent == ["b"]
    assert len(desk.entries) == 1


def test_later_parts_of_a_scope_wait_for_the_one_that_failed(desk: Desk) -> None:
    recorder.fails["1"] = ValueError()
    with turned_on(CHUNK_INTENTS=1):
        commit(desk, "0", "1", "2")

    assert desk.sent == ["0"]
    assert [(entry.part, entry.token) for entry in desk.entries] == [(1, ""), (2, "")]


def test_a_backend_that_is_down_is_asked_once(desk: Desk) -> None:
    asked: list[str] = []
    recorder.before = lambda intent: asked.append(intent.args[0])
    recorder.fails["a"] = DownError()
    with desk.atomic():
        for name in "abc":
            with desk.scope():
                desk.order(name)

    assert asked == ["a"]
    assert [(entry.token, entry.done) for entry in desk.entries] == [("", 0)] * 3


def test_when_the_time_is_up_the_rest_is_released(desk: Desk) -> None:
    recorder.before = lambda _: wait_until(lambda: desk.now > began + 1500)
    with turned_on(BUDGET=0.1):
        began = desk.now
        commit(desk, "a", "b", "c")

    (entry,) = desk.entries
    assert (desk.sent, entry.done, entry.token, entry.last_error) == (["a"], 1, "", "")
    assert entry.due <= desk.now + 1000


def test_with_no_time_at_all_everything_is_a_relays(desk: Desk) -> None:
    with turned_on(BUDGET=0):
        scope = commit(desk, "a")

    (entry,) = desk.entries
    assert (desk.sent, entry.token, entry.done, names(scope.undispatched)) == ([], "", 0, ["a"])


def test_of_more_scopes_than_one_statement_has_room_for_each_is_released(desk: Desk) -> None:
    with turned_on(BUDGET=0), desk.atomic():
        for _ in range(502):
            with desk.scope():
                airlock.enqueue(note, "a")

    assert [entry.token for entry in desk.entries] == [""] * 502


def test_of_a_scope_in_parts_only_those_that_were_sent_are_deleted_when_one_fails(desk: Desk) -> None:
    recorder.fails["3"] = ValueError()
    with turned_on(CHUNK_INTENTS=2), desk.atomic():
        for names_of_one in ("ab", "0123456"):
            with desk.scope():
                for name in names_of_one:
                    desk.order(name)

    assert desk.sent == ["a", "b", "0", "1", "2"]
    assert [(entry.part, entry.done, entry.token) for entry in desk.entries] == [(1, 1, ""), (2, 0, ""), (3, 0, "")]


def test_entries_are_deleted_before_too_much_would_be_sent_again(desk: Desk) -> None:
    left: list[int] = []
    recorder.before = lambda intent: left.append(len(desk.entries)) if intent.args[0] == "last" else None
    with turned_on(CHUNK_INTENTS=250, BUDGET=20, LEASE=60):
        with desk.scope():
            for _ in range(750):
                airlock.enqueue(note, "x")
            airlock.enqueue(note, "last")

    assert left == [2]
    assert (len(desk.sent), desk.entries) == (751, [])


def test_who_lost_an_entry_while_sending_changes_nothing(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    recorder.before = lambda _: take_over(desk)
    commit(desk, "a")

    (entry,) = desk.entries
    assert (desk.sent, entry.token, entry.done) == (["a"], "f" * 32, 0)
    assert "their lease had ended" in caplog.text


def test_a_failure_of_an_entry_that_was_lost_is_not_entered(desk: Desk) -> None:
    recorder.before = lambda _: take_over(desk)
    recorder.fails["b"] = ValueError()
    commit(desk, "a", "b")

    (entry,) = desk.entries
    assert (entry.token, entry.done, entry.last_error) == ("f" * 32, 0, "")


def test_who_lost_an_entry_before_sending_sends_nothing(desk: Desk) -> None:
    with turned_on(LEASE=0.3, BUDGET=0.2):
        with desk.atomic():
            transaction.on_commit(lambda: take_over(desk), using=desk.alias)
            with desk.scope():
                desk.order("a")
            due = desk.entries[0].due
            wait_until(lambda: desk.now > due + 1000)

    (entry,) = desk.entries
    assert (desk.sent, entry.token) == ([], "f" * 32)


def test_who_lost_the_first_part_of_a_scope_leaves_the_later_ones_to_a_relay_at_once(desk: Desk) -> None:
    first = OutboxEntry.objects.using(desk.alias).filter(part=0)
    with turned_on(LEASE=0.3, BUDGET=0.2, CHUNK_INTENTS=1):
        with desk.atomic():
            transaction.on_commit(lambda: first.update(token="f" * 32), using=desk.alias)
            with desk.scope():
                for name in "abc":
                    desk.order(name)
            due = desk.entries[-1].due
            wait_until(lambda: desk.now > due + 1000)

    assert desk.sent == []
    assert [(entry.token, entry.done) for entry in desk.entries] == [("f" * 32, 0), ("", 0), ("", 0)]


def test_a_transaction_that_outlasts_the_lease_is_sent_by_its_writer_if_nobody_else_was_there(desk: Desk) -> None:
    with turned_on(LEASE=0.3, BUDGET=0.2):
        with desk.atomic():
            with desk.scope():
                desk.order("a")
            due = desk.entries[0].due
            wait_until(lambda: desk.now > due + 1000)

    assert (desk.sent, desk.entries) == (["a"], [])


def test_when_a_hook_of_others_fails_first_a_relay_has_what_was_recorded(desk: Desk) -> None:
    def fail() -> None:
        raise KeyError

    with suppress(KeyError), desk.atomic():
        transaction.on_commit(fail, using=desk.alias)
        with desk.scope() as scope:
            desk.order("a")

    (entry,) = desk.entries
    assert (desk.sent, desk.rows, len(entry.token), scope.pending) == ([], ["a"], 32, [])


def test_what_ends_the_process_is_let_through_when_the_rest_is_released(desk: Desk) -> None:
    recorder.fails["b"] = SystemExit(3)
    with pytest.raises(SystemExit):
        commit(desk, "a", "b", "c")

    (entry,) = desk.entries
    assert (desk.sent, entry.done, entry.token) == (["a"], 1, "")


def test_a_database_that_is_gone_after_the_commit_is_nobodys_error(desk: Desk) -> None:
    def break_table(_: airlock.Intent) -> None:
        desk.execute("ALTER TABLE airlock_outbox_entry RENAME TO moved")

    recorder.before = break_table
    try:
        commit(desk, "a")
    finally:
        desk.execute("ALTER TABLE moved RENAME TO airlock_outbox_entry")

    (entry,) = desk.entries
    assert (desk.sent, len(entry.token)) == (["a"], 32)


def test_a_lock_that_another_transaction_has_is_waited_for_once(desk: Desk) -> None:
    other = desk.connection.copy()
    statements: list[str] = []

    def lock(_: airlock.Intent) -> None:
        recorder.before = None
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("UPDATE airlock_outbox_entry SET attempts = attempts + 1")
        statements.clear()

    def listen(execute: Any, sql: str, *arguments: Any) -> Any:
        statements.append(sql.split()[0])
        return execute(sql, *arguments)

    recorder.before = lock
    recorder.fails["b"] = ValueError()
    wait_half_a_second = {
        "sqlite": "PRAGMA busy_timeout = 500",
        "postgresql": "SET lock_timeout = 500",
        "mysql": "SET innodb_lock_wait_timeout = 1",
    }
    desk.execute(wait_half_a_second[desk.connection.vendor])
    try:
        with desk.connection.execute_wrapper(listen), desk.atomic():
            for name in "ab":
                with desk.scope():
                    desk.order(name)
    finally:
        other.rollback()
        other.close()
        desk.connection.close()

    assert statements == ["DELETE"]
    assert (desk.sent, [len(entry.token) for entry in desk.entries]) == (["a"], [32, 32])


def test_a_scope_outside_any_transaction_does_not_raise_what_fails(desk: Desk) -> None:
    recorder.fails["a"] = ValueError()
    with desk.scope() as scope:
        airlock.enqueue(note, "a")

    assert names(scope.undispatched) == ["a"]
    assert [entry.token for entry in desk.entries] == [""]


def test_what_an_effect_wants_itself_is_recorded_and_sent_too(desk: Desk) -> None:
    def want_more(intent: airlock.Intent) -> None:
        if intent.args[0] == "a":
            commit(desk, "b")

    recorder.before = want_more
    commit(desk, "a")

    assert (desk.sent, desk.entries) == (["b", "a"], [])


def test_what_is_sent_has_the_id_that_was_recorded(desk: Desk) -> None:
    with desk.atomic():
        with desk.scope():
            intent = desk.order("a")
        body = desk.entries[0].body

    assert intent.id.hex in body
    assert [each.id for each in desk.sent_intents] == [intent.id]


def test_what_is_sent_is_what_was_recorded_whatever_became_of_the_arguments(desk: Desk) -> None:
    lines, options = [1, {"two": (3,)}], {"queue": ["a"]}
    with desk.atomic():
        with desk.scope() as scope:
            intent = airlock.enqueue(note, "a", value=lines, _dispatch_options=options)
        lines.append(2)
        lines[1]["two"] = 4
        options["queue"].append("b")

    (each,) = desk.sent_intents
    assert (each.id, each.args, dict(each.kwargs)) == (intent.id, ("a",), {"value": [1, {"two": (3,)}]})
    assert dict(each.dispatch_options) == {"queue": ["a"]}
    assert (scope.dispatched, scope.results) == ([intent], {intent: "handle of a"})
