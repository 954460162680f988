"""What a scope lets out is recorded in the transaction that is open where it ends, or not at all."""

import json
from contextlib import suppress
from typing import Any

import pytest
from django.db import DatabaseError, connections, transaction
from outbox_suites.writer import Desk, another, note, recorder, sent, turned_on, unregistered
from scope_suites.shop import FORMS, Undo, names

import airlock
from airlock.integrations.django import DjangoScope, intents_undispatched
from airlock.integrations.django.outbox._signing import is_signed


@pytest.fixture(params=FORMS.values(), ids=FORMS)
def form(request: pytest.FixtureRequest) -> Any:
    """A way to roll back to a savepoint."""
    return request.param


def recorded(desk: Desk) -> list[str]:
    """Return what the intents in the table are about."""
    return [record["args"][0] for entry in desk.entries for record in json.loads(entry.body)]


def test_the_entry_is_written_where_the_scope_ends_and_is_leased_to_its_writer(desk: Desk) -> None:
    with desk.atomic():
        with desk.scope() as scope:
            intents = [desk.order("a"), desk.order("b")]
        (entry,) = desk.entries
        assert (entry.size, entry.done, entry.state, entry.attempts, entry.part, entry.version) == (2, 0, 0, 0, 0, 1)
        assert (len(entry.token), len(entry.scope), entry.last_error, entry.audience) == (32, 32, "", "")
        # The clock of PostgreSQL goes on between the two.
        assert abs(entry.due - entry.created - 30_000) < 1_000
        assert abs(entry.created - desk.now) < 5_000
        assert names(scope.pending) == ["a", "b"]
        first, second = json.loads(entry.body)
        assert first == {"id": intents[0].id.hex, "task": "outbox_suites.writer.note", "args": ["a"], "kwargs": {}}
        assert second["id"] == intents[1].id.hex
        assert sent == []

    assert sent == intents


def test_the_entry_is_signed_for_its_database(desk: Desk) -> None:
    with desk.atomic():
        with desk.scope():
            desk.order("a")
        (entry,) = desk.entries
        signed = {"version": 1, "audience": "", "scope": entry.scope, "part": 0}
        assert is_signed(entry.mac, entry.body, alias=desk.alias, **signed)
        assert not is_signed(entry.mac, entry.body, alias="elsewhere", **signed)


def test_nothing_is_sent_before_the_commit_and_everything_is_gone_after_it(desk: Desk) -> None:
    with desk.atomic():
        with desk.scope() as scope:
            desk.order("a")
        assert (desk.sent, recorded(desk)) == ([], ["a"])

    assert (desk.sent, desk.entries) == (["a"], [])
    assert (names(scope.dispatched), scope.undispatched, scope.pending) == (["a"], [], [])
    assert list(scope.results.values()) == ["handle of a"]


def test_what_the_transaction_took_back_is_neither_recorded_nor_sent(desk: Desk) -> None:
    with desk.undone():
        with desk.scope() as scope:
            desk.order("a")

    assert (desk.sent, desk.entries, names(scope.rolled_back)) == ([], [], ["a"])


def test_what_a_savepoint_took_back_before_the_scope_ended_is_not_recorded(desk: Desk, form: Any) -> None:
    with desk.atomic():
        with desk.scope() as scope:
            desk.order("before")
            with form(desk):
                desk.order("inside")
            desk.order("after")
        assert recorded(desk) == ["before", "after"]

    assert desk.sent == desk.rows == ["before", "after"]
    assert names(scope.rolled_back) == ["inside"]


def test_an_entry_dies_with_the_savepoint_that_its_scope_ended_in(desk: Desk, form: Any) -> None:
    with desk.atomic():
        with form(desk):
            with desk.scope() as scope:
                desk.order("inside")
            assert recorded(desk) == ["inside"]
        with desk.scope():
            desk.order("after")

    assert desk.sent == desk.rows == ["after"]
    assert (names(scope.rolled_back), desk.entries) == (["inside"], [])


def test_what_was_enqueued_outside_a_savepoint_dies_with_it_if_the_scope_ended_inside(desk: Desk, form: Any) -> None:
    scope = desk.scope()
    with desk.atomic():
        scope.enter()
        desk.order("before")
        with form(desk):
            scope.exit()
            scope.flush()

    assert (desk.sent, desk.rows, desk.entries, names(scope.rolled_back)) == ([], ["before"], [], ["before"])


def test_what_was_enqueued_before_a_transaction_belongs_to_it_if_the_scope_ends_inside(desk: Desk) -> None:
    scope = desk.scope()
    scope.enter()
    airlock.enqueue(note, "before")
    with desk.undone():
        scope.exit()
        scope.flush()

    assert (desk.sent, desk.entries) == ([], [])


def test_savepoints_that_are_released_change_nothing(desk: Desk) -> None:
    with desk.atomic():
        with desk.atomic():
            with desk.scope():
                desk.order("a")
        with desk.undone():
            pass

    assert desk.sent == desk.rows == ["a"]


def test_a_scope_outside_any_transaction_records_before_it_sends(desk: Desk) -> None:
    seen: list[list[str]] = []
    recorder.before = lambda _: seen.append(recorded(desk))
    with desk.scope() as scope:
        airlock.enqueue(note, "a")
        airlock.enqueue(note, "b")

    assert seen == [["a", "b"], ["a", "b"]]
    assert (desk.sent, desk.entries, names(scope.dispatched)) == (["a", "b"], [], ["a", "b"])


def test_a_scope_around_a_transaction_records_after_its_commit(desk: Desk) -> None:
    seen: list[list[str]] = []
    recorder.before = lambda _: seen.append(recorded(desk))
    with desk.scope():
        with desk.atomic():
            desk.order("a")
        with desk.undone():
            desk.order("b")

    assert (seen, desk.sent, desk.entries) == ([["a"]], ["a"], [])


def test_a_transaction_that_cannot_be_committed_any_more_records_nothing(desk: Desk) -> None:
    with suppress(Undo), desk.atomic():
        with desk.scope() as scope:
            desk.order("a")
            transaction.set_rollback(True, using=desk.alias)
        raise Undo

    assert (desk.sent, desk.entries, names(scope.rolled_back)) == ([], [], ["a"])


def test_a_scope_that_is_left_in_a_transaction_to_be_rolled_back_lets_nothing_out(desk: Desk) -> None:
    scope = desk.scope().enter()
    airlock.enqueue(note, "a")
    with desk.atomic():
        transaction.set_rollback(True, using=desk.alias)
        scope.exit()
        scope.flush()
        assert desk.sent == []

    assert (desk.sent, desk.entries, names(scope.rolled_back)) == ([], [], ["a"])


def test_an_error_of_the_database_that_was_swallowed_keeps_everything_back(desk: Desk) -> None:
    with suppress(DatabaseError), desk.atomic():
        with desk.scope():
            desk.order("a")
            with suppress(DatabaseError):
                desk.execute("SELECT no_such_column FROM no_such_table")

    rows = desk.rows
    assert desk.sent == rows
    assert desk.entries == []


def test_one_scope_is_divided_into_chunks_that_are_sent_in_order(desk: Desk) -> None:
    with turned_on(CHUNK_INTENTS=3), desk.atomic():
        with desk.scope():
            for number in range(8):
                airlock.enqueue(note, str(number))
        entries = desk.entries
        assert [entry.part for entry in entries] == [0, 1, 2]
        assert [entry.size for entry in entries] == [3, 3, 2]
        assert len({entry.scope for entry in entries}) == 1

    assert desk.sent == [str(number) for number in range(8)]
    assert desk.entries == []


def test_a_chunk_holds_as_many_bytes_as_the_setting_says_and_one_intent_at_least(desk: Desk) -> None:
    with turned_on(CHUNK_BYTES=1000), desk.atomic():
        with desk.scope():
            for size in (300, 300, 300, 5000, 10):
                airlock.enqueue(note, "x" * size)
        entries = desk.entries
        assert [entry.size for entry in entries] == [2, 1, 1, 1]
        assert len(entries[0].body) <= 1000


def test_more_chunks_than_one_statement_holds_are_written_together(desk: Desk) -> None:
    with turned_on(CHUNK_INTENTS=1, BUDGET=0):
        with desk.scope():
            for number in range(120):
                airlock.enqueue(note, str(number))

    assert [entry.part for entry in desk.entries] == list(range(120))
    assert recorded(desk) == [str(number) for number in range(120)]


def test_outside_any_transaction_more_chunks_than_one_statement_holds_are_written_together_or_not_at_all(
    desk: Desk,
) -> None:
    inserts: list[int] = []

    def fail_at_the_second(execute: Any, sql: str, *arguments: Any) -> Any:
        if sql.startswith("INSERT"):
            inserts.append(len(desk.entries))
            if len(inserts) > 1:
                raise DatabaseError
        return execute(sql, *arguments)

    with pytest.raises(DatabaseError), turned_on(CHUNK_INTENTS=1), desk.connection.execute_wrapper(fail_at_the_second):
        with desk.scope():
            for _ in range(60):
                airlock.enqueue(note, "a")

    assert inserts == [0, 50]
    assert (desk.entries, desk.sent) == ([], [])


def test_policies_have_spoken_before_anything_is_recorded(desk: Desk) -> None:
    with desk.atomic():
        with desk.scope(policy=airlock.BlockTasks([another])):
            airlock.enqueue(another, "a")
            airlock.enqueue(note, "b")
        assert recorded(desk) == ["b"]
        with desk.scope(policy=airlock.DropAll()):
            airlock.enqueue(note, "c")
        assert recorded(desk) == ["b"]


def test_a_scope_that_discards_records_nothing(desk: Desk) -> None:
    with desk.atomic():
        with suppress(KeyError), desk.scope():
            desk.order("a")
            raise KeyError
        assert desk.entries == []

    assert desk.sent == []


def test_what_an_outer_scope_captured_is_recorded_with_it(desk: Desk) -> None:
    with desk.atomic():
        with desk.scope():
            desk.order("a")
            with desk.scope():
                desk.order("b")
            assert desk.entries == []
        assert recorded(desk) == ["a", "b"]

    assert desk.sent == ["a", "b"]


def test_many_scopes_of_one_transaction_are_sent_after_its_commit_in_order(desk: Desk) -> None:
    with desk.atomic():
        for name in "abc":
            with desk.scope():
                desk.order(name)
        assert len(desk.connection.run_on_commit) == 1
        assert recorded(desk) == ["a", "b", "c"]

    assert (desk.sent, desk.entries) == (["a", "b", "c"], [])


def test_an_argument_that_cannot_be_recorded_rolls_the_transaction_back(desk: Desk) -> None:
    with pytest.raises(TypeError, match=r"note.*argument 'value'\[1\] is of the type set") as caught:
        with desk.atomic():
            with desk.scope() as scope:
                desk.order("a")
                intent = airlock.enqueue(note, "b", [1, {2}])

    assert caught.value.intent is intent
    assert (desk.rows, desk.entries, desk.sent) == ([], [], [])
    assert names(scope.undispatched) == ["a", "b"]


def test_a_task_that_is_not_registered_rolls_the_transaction_back_and_the_error_says_what_to_do(desk: Desk) -> None:
    with pytest.raises(airlock.UsageError, match=r"unregistered.*Decorate.*outbox\.register"):
        with desk.atomic():
            with desk.scope():
                desk.order("a")
                airlock.enqueue(unregistered, "b")

    assert (desk.rows, desk.entries, desk.sent) == ([], [], [])


def test_an_option_that_may_not_be_recorded_is_refused(desk: Desk) -> None:
    with pytest.raises(TypeError, match=r"'link'.*countdown, queue"):
        with desk.atomic(), desk.scope():
            airlock.options(link="x").enqueue(note, "a")

    assert desk.entries == []


def test_options_names_and_keyword_arguments_are_recorded(desk: Desk) -> None:
    with desk.atomic():
        with desk.scope():
            airlock.enqueue(note, "a", value=(1, 2), _dispatch_options={"countdown": 5}, _name="mine")
        (entry,) = desk.entries
        (record,) = json.loads(entry.body)
        assert (record["options"], record["kwargs"]) == ({"countdown": 5}, {"value": {"$tuple": [1, 2]}})
        assert record["name"] == "mine"


def test_an_executor_without_a_name_is_refused(desk: Desk) -> None:
    with pytest.raises(airlock.UsageError, match=r"OUTBOX.*EXECUTORS"):
        with desk.scope(executor=lambda intent: None):
            airlock.enqueue(note, "a")


def test_a_scope_on_another_database_records_there(desk: Desk) -> None:
    if desk.alias != "default":
        with desk.atomic(), transaction.atomic(using="default"):
            with desk.scope():
                airlock.enqueue(note, "a")
            assert recorded(desk) == ["a"]
            assert recorded(Desk("default")) == []
        assert sent


def test_what_belongs_to_the_open_transaction_of_another_database_is_recorded_there(desk: Desk) -> None:
    other = Desk("other")
    with desk.scope():
        with other.atomic():
            with DjangoScope(using="other"):
                airlock.enqueue(note, "a")
    assert desk.sent == ["a"]

    outer = desk.scope()
    with suppress(Undo), other.atomic():
        outer.enter()
        with DjangoScope(using="other"):
            airlock.enqueue(note, "b")
        outer.exit()
        outer.flush()
        assert (recorded(other), recorded(desk)) == (["b"], [])
        raise Undo

    assert desk.sent == ["a"]
    assert (desk.entries, other.entries) == ([], [])


def test_what_cannot_be_recorded_outside_any_transaction_is_told_everywhere(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[tuple[list[str], list[type]]] = []

    def receive(*, intents: Any, errors: Any, **_: Any) -> None:
        told.append((names(intents), [type(error) for error in errors]))

    intents_undispatched.connect(receive)
    try:
        with pytest.raises(airlock.UsageError), desk.scope() as scope:
            airlock.enqueue(note, "a")
            airlock.enqueue(unregistered, "b")
    finally:
        intents_undispatched.disconnect(receive)

    assert told == [(["a", "b"], [airlock.UsageError])]
    assert names(scope.undispatched) == ["a", "b"]
    assert "not dispatched: task note" in caplog.text


def test_a_missing_table_is_an_error_that_reaches_the_caller(desk: Desk) -> None:
    with suppress(Undo), desk.atomic():
        if not desk.connection.features.can_rollback_ddl:
            return
        desk.execute("ALTER TABLE airlock_outbox_entry RENAME TO moved")
        with pytest.raises(DatabaseError) as caught:
            with desk.scope():
                airlock.enqueue(note, "a")
        assert "recording intents in airlock_outbox_entry" in caught.value.__notes__[0]
        raise Undo
    assert connections[desk.alias].introspection.table_names()
