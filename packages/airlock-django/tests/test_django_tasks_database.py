"""The backend that keeps tasks in the database: a flush is rows in a transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import pytest
from airlock_conformance import tasks as conformance
from django.db import OperationalError, connection, transaction
from django.db.models.signals import post_save, pre_save
from django.dispatch import Signal
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django_project.models import Entry
from django_tasks_db.models import DBTaskResult
from django_tasks_suites import databases, tasks
from django_tasks_suites.backends import OwnDatabaseBackend

import airlock
from airlock import Intent, InvalidIntentError, Scope
from airlock.integrations.django import DjangoScope
from airlock.integrations.executors.django_tasks import _database, django_tasks_executor

note: Any = tasks.TASKS[conformance.note]
task_enqueued: Signal = tasks.framework.signals.task_enqueued


@pytest.fixture(autouse=True)
def _empty() -> Iterator[None]:
    databases.execute("default", f"DELETE FROM {databases.TABLE}")
    yield
    databases.execute("default", f"DELETE FROM {databases.TABLE}")


def flush(count: int, cls: type[Scope] = Scope) -> Scope:
    with cls(executor=django_tasks_executor) as scope:
        for number in range(count):
            airlock.enqueue(note, number)
    return scope


def numbers() -> list[int]:
    return [row.args[0] for row in databases.rows("default")]


@contextmanager
def receiving(announcement: Signal, receiver: Any) -> Iterator[None]:
    announcement.connect(receiver)
    try:
        yield
    finally:
        announcement.disconnect(receiver)


def test_a_row_is_what_the_backend_itself_would_have_inserted() -> None:
    with Scope(executor=django_tasks_executor):
        airlock.options(priority=3, queue_name="receipts").enqueue(note, 1, (2,), name="ä")
    note.using(priority=3, queue_name="receipts").enqueue(1, (2,), name="ä")
    ours, theirs = DBTaskResult.objects.order_by("enqueued_at").values()
    for own in ("id", "enqueued_at"):
        assert type(ours.pop(own)) is type(theirs.pop(own))
    assert ours == theirs


def test_a_flush_is_one_insert() -> None:
    with CaptureQueriesContext(connection) as queries:
        flush(10)
    assert [query["sql"].split()[0] for query in queries] == ["BEGIN", "INSERT", "COMMIT"]


def test_long_messages_are_inserted_in_pieces_of_one_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_database, "_CHARACTERS", 10_000)
    with CaptureQueriesContext(connection) as queries, Scope(executor=django_tasks_executor):
        for number in range(7):
            airlock.enqueue(note, number, "x" * 4000)
    assert [query["sql"].split()[0] for query in queries] == ["BEGIN", *["INSERT"] * 4, "COMMIT"]
    assert numbers() == list(range(7))


def test_a_result_knows_its_task_and_the_id_of_its_intent() -> None:
    scope = flush(1)
    (intent,) = scope.intents
    result = scope.results[intent]
    assert (result.id, result.task, result.args) == (str(intent.id), note, [0])


def test_a_worker_runs_what_was_sent_and_the_result_says_so() -> None:
    with Scope(executor=django_tasks_executor) as scope:
        intent = airlock.enqueue(tasks.add_in_database, 1, right=2)
    databases.work_off()
    result = scope.results[intent]
    result.refresh()
    assert result.return_value == 3


def test_tasks_of_a_transaction_that_is_rolled_back_are_not_sent() -> None:
    with pytest.raises(LookupError), transaction.atomic():
        assert len(flush(2).dispatched) == 2
        raise LookupError
    assert numbers() == []


def test_tasks_of_a_transaction_are_sent_when_it_is_committed() -> None:
    with transaction.atomic():
        flush(2)
        assert numbers() == []
    assert numbers() == [0, 1]


def test_a_django_scope_sends_after_the_commit_what_no_savepoint_took_back() -> None:
    with transaction.atomic():
        scope = flush(1, cls=DjangoScope)
        with pytest.raises(LookupError), transaction.atomic():
            flush(1, cls=DjangoScope)
            raise LookupError
        assert scope.dispatched == []
    assert scope.dispatched == scope.intents
    assert numbers() == [0]


def test_a_flush_that_fails_leaves_the_transaction_around_it_usable(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: Any) -> None:
        raise LookupError

    with transaction.atomic():
        Entry.objects.create(text="before")
        with receiving(pre_save, refuse), pytest.raises(LookupError):
            flush(2)
        Entry.objects.create(text="after")
    assert Entry.objects.filter(text__in=["before", "after"]).delete()[0] == 2
    assert numbers() == []


def test_what_is_lost_with_the_transaction_around_it_is_certain_not_to_be_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def lose(sid: object) -> None:
        raise OperationalError("gone")

    scope = Scope(executor=django_tasks_executor)
    with transaction.atomic():
        monkeypatch.setattr(connection, "savepoint_commit", lose)
        with pytest.raises(OperationalError, match="gone"), scope:
            airlock.enqueue(note, 1)
        monkeypatch.undo()
    assert (scope.undispatched, scope.uncertain) == (scope.intents, [])


def test_every_signal_is_sent_after_the_commit() -> None:
    seen: list[Any] = []

    def see(sender: Any, **sent: Any) -> None:
        task = sent["task_result"].id if "task_result" in sent else str(sent["instance"].pk)
        seen.append((sender, task, connection.in_atomic_block))

    with receiving(task_enqueued, see), receiving(post_save, see):
        scope = flush(2)
    backend = type(note.get_backend())
    ids = [str(intent.id) for intent in scope.intents]
    assert seen == [(sender, key, False) for key in ids for sender in (DBTaskResult, backend)]


def test_a_receiver_that_fails_does_not_undo_what_is_committed() -> None:
    seen: list[list[int]] = []

    def fail(task_result: Any, **_: Any) -> None:
        seen.append(task_result.args)
        raise LookupError

    scope = Scope(executor=django_tasks_executor)
    with receiving(task_enqueued, fail), pytest.raises(LookupError), scope:
        airlock.enqueue(note, 1)
        airlock.enqueue(note, 2)
    assert (seen, numbers()) == ([[1], [2]], [1, 2])
    assert (scope.dispatched, scope.undispatched) == (scope.intents, [])


def test_a_receiver_that_ends_the_program_leaves_everything_uncertain() -> None:
    def fail(**_: Any) -> None:
        raise KeyboardInterrupt

    scope = Scope(executor=django_tasks_executor)
    with receiving(task_enqueued, fail), pytest.raises(KeyboardInterrupt), scope:
        airlock.enqueue(note, 1)
        airlock.enqueue(note, 2)
    assert numbers() == [1, 2]
    assert scope.uncertain == scope.undispatched == scope.intents


def test_an_intent_that_is_sent_again_is_there_once_beside_those_that_are_new() -> None:
    intents = [Intent(note, (number,)) for number in range(3)]
    django_tasks_executor(intents[1])
    results = list(django_tasks_executor.dispatch_many([*intents, intents[0]]))
    assert [result.args for result in results] == [[0], [1], [2], [0]]
    assert sorted(numbers()) == [0, 1, 2]


def test_what_the_database_refuses_is_no_intent_that_was_there_before() -> None:
    databases.execute("default", f"CREATE UNIQUE INDEX airlock_once ON {databases.TABLE} (task_path)")
    try:
        scope = Scope(executor=django_tasks_executor)
        with pytest.raises(Exception, match="UNIQUE"), scope:
            airlock.enqueue(note, 1)
            airlock.enqueue(note, 2)
    finally:
        databases.execute("default", "DROP INDEX airlock_once")
    assert (numbers(), scope.undispatched, scope.uncertain) == ([], scope.intents, [])


def test_a_task_that_no_worker_can_find_is_refused() -> None:
    with pytest.raises(InvalidIntentError, match=r"find no task under django_tasks_suites\.tasks\.hidden"):
        django_tasks_executor(Intent(tasks.unfindable))
    assert numbers() == []


def test_a_task_of_the_program_that_is_running_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(note.func, "__module__", "__main__")
    monkeypatch.setattr(import_module("__main__"), "note", note, raising=False)
    with pytest.raises(InvalidIntentError, match="under __main__"):
        django_tasks_executor(Intent(note.using(priority=1)))


@pytest.mark.parametrize(
    "backend",
    [
        {"BACKEND": "django_tasks_suites.backends.OwnDatabaseBackend"},
        {"BACKEND": "django_tasks_db.DatabaseBackend", "OPTIONS": {"id_function": "uuid.uuid4"}},
    ],
    ids=["subclass", "own ids"],
)
def test_a_backend_with_ways_of_its_own_is_given_one_after_the_other(backend: dict[str, Any]) -> None:
    OwnDatabaseBackend.enqueued.clear()
    with override_settings(TASKS={"database": backend}), CaptureQueriesContext(connection) as queries:
        scope = flush(2)
    assert sum(query["sql"].startswith("INSERT") for query in queries) == 2
    assert numbers() == [0, 1]
    assert not {row.id for row in databases.rows("default")} & {str(intent.id) for intent in scope.intents}
    assert OwnDatabaseBackend.enqueued == ([[0], [1]] if "Own" in backend["BACKEND"] else [])


def test_a_table_with_other_columns_is_left_to_its_backend(monkeypatch: pytest.MonkeyPatch) -> None:
    _database._is_known.cache_clear()
    monkeypatch.setattr(_database, "_COLUMNS", {"id"})
    assert not _database.keeps_rows(note.get_backend())
    _database._is_known.cache_clear()
