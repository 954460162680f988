"""How a flush reaches Huey and its storage."""

import sqlite3
from contextlib import contextmanager

import huey
import pytest
from huey.storage import MemoryStorage
from huey_suites.consumers import consumer_threads
from huey_suites.queues import in_memory, in_sqlite, sqlite_huey, task_of

import airlock
from airlock.integrations.executors.huey import _gathering, _plain, _units, huey_executor


def note(*args, **kwargs):
    return args


@pytest.fixture
def path(tmp_path):
    return tmp_path / "huey.db"


@pytest.fixture
def queue(path):
    queue = sqlite_huey(path)
    yield queue
    queue.storage.close()


@pytest.fixture
def task(queue):
    return task_of(queue, note)


def flush(task, numbers=range(3), **arguments):
    scope = airlock.Scope(executor=huey_executor, **arguments)
    with scope:
        for number in numbers:
            airlock.enqueue(task, number)
    return scope


def test_a_flush_is_one_transaction(queue, task):
    statements = []
    queue.storage.conn.set_trace_callback(statements.append)
    flush(task, range(50))
    assert [statement for statement in statements if not statement.startswith("insert")] == [
        "begin exclusive",
        "COMMIT",
    ]
    assert len(statements) == 52


def test_a_single_intent_is_sent_as_well(path, task):
    intent = airlock.Intent(task, (1,))
    result = huey_executor(intent)
    assert result.id == str(intent.id)
    assert [message.id for message in in_sqlite(path)] == [result.id]


def test_a_result_is_to_be_had_once_the_task_has_run(queue, task):
    scope = flush(task, [7])
    (result,) = scope.results.values()
    with consumer_threads(queue):
        assert result.get(blocking=True, timeout=10) == (7,)


def test_a_handle_does_all_that_it_does_otherwise(queue, path, task):
    (result,) = flush(task, [7]).results.values()
    result.reschedule(delay=60)
    assert result.is_revoked()
    assert [message.args for message in in_sqlite(path)] == [(7,), (7,)]
    assert result.huey.storage is queue.storage


def test_intents_of_several_hueys_go_to_their_own(path, task):
    other = huey.MemoryHuey("other", immediate=False)
    elsewhere = task_of(other, note)
    with airlock.scope(executor=huey_executor) as scope:
        intents = [airlock.enqueue(which, number) for number, which in enumerate([task, task, elsewhere, task])]
    assert scope.dispatched == intents
    assert [message.args for message in in_sqlite(path)] == [(0,), (1,), (3,)]
    assert [message.args for message in in_memory(other)] == [(2,)]


def test_if_a_later_huey_fails_the_earlier_ones_have_their_intents(path, task, tmp_path):
    other = sqlite_huey(tmp_path / "other.db")
    elsewhere = task_of(other, note)
    with sqlite3.connect(tmp_path / "other.db", isolation_level=None) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        scope = airlock.Scope(executor=huey_executor)
        with pytest.raises(sqlite3.OperationalError, match="locked"), scope:
            intents = [airlock.enqueue(which, number) for number, which in enumerate([task, elsewhere, task])]
    connection.close()
    other.storage.close()
    assert (scope.dispatched, scope.undispatched, scope.uncertain) == (intents[:1], intents[1:], [])
    assert [message.args for message in in_sqlite(path)] == [(0,)]


def test_arguments_are_sent_as_they_were_when_the_flush_began(path, queue):
    numbers = [1]

    class Grows:
        def __reduce__(self):
            numbers.append(2)
            return (int, ())

    task = task_of(queue, note)
    with airlock.scope(executor=huey_executor):
        airlock.enqueue(task, numbers)
        airlock.enqueue(task, Grows())
    assert numbers == [1, 2]
    assert [message.args for message in in_sqlite(path)] == [([1],), (0,)]


class TestSignals:
    """Huey 2.5 has the signal `enqueued` in its list, and sends it from 2.6 on only."""

    @pytest.fixture
    def seen(self, queue):
        seen = []
        queue.signal()(lambda signal, task: seen.append((signal, task.args[0])))
        return seen

    def test_they_are_sent_as_huey_sends_them(self, queue, task, seen):
        for number in range(3):
            task(number)
        as_by_huey = seen.copy()
        seen.clear()
        flush(task)
        assert seen == as_by_huey

    def test_a_receiver_may_use_the_storage(self, queue, task, seen):
        queue.signal()(lambda signal, task: queue.put(f"seen-{task.args[0]}", signal))
        flush(task)
        assert [queue.get(f"seen-{number}") for _, number in seen] == [signal for signal, _ in seen]

    def test_what_a_receiver_changes_about_a_task_is_sent(self, queue, path, task, seen):
        def hurry(signal, task):
            task.kwargs["hurry"] = True
            task.priority = 9

        queue.signal()(hurry)
        flush(task, [1])
        (message,) = in_sqlite(path)
        assert (message.kwargs, message.options.get("priority")) == (({"hurry": True}, 9) if seen else ({}, None))


def test_what_wraps_the_enqueueing_of_huey_still_does(monkeypatch, path, task):
    original = huey.Huey.enqueue

    def enqueue(self, task):
        task.kwargs["trace"] = "abc"
        return original(self, task)

    monkeypatch.setattr(huey.Huey, "enqueue", enqueue)
    flush(task, [1])
    assert [message.kwargs for message in in_sqlite(path)] == [{"trace": "abc"}]


def test_a_message_too_big_for_the_database_is_named(queue, path, task):
    queue.storage.conn.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 10_000)
    with pytest.raises(airlock.InvalidIntentError, match="too big") as caught:
        flush(task, [1, "x" * 20_000, 2])
    assert caught.value.intent.args == ("x" * 20_000,)
    assert in_sqlite(path) == []


def test_an_interrupt_leaves_no_transaction_open(monkeypatch, path, task):
    def run(self, cursor):
        run_statements(self, cursor)
        raise KeyboardInterrupt

    run_statements = _gathering.Statements.run
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(_gathering.Statements, "run", run)
        flush(task)
    assert in_sqlite(path) == []
    flush(task)
    assert len(in_sqlite(path)) == 3


def test_a_commit_that_fails_leaves_everything_uncertain(monkeypatch, queue, task):
    class Own(type(queue.storage)):
        @contextmanager
        def db(self, commit=False, close=False):
            with super().db(commit=commit, close=close) as cursor:
                yield cursor
            raise sqlite3.OperationalError("disk I/O error")

    Own.db.__module__ = "huey.storage"
    queue.storage.__class__ = Own
    scope = airlock.Scope(executor=huey_executor)
    with pytest.raises(sqlite3.OperationalError), scope:
        intents = [airlock.enqueue(task, number) for number in range(3)]
    assert (scope.undispatched, scope.uncertain) == (intents, intents)


class TestStoragesOfOthers:
    @pytest.fixture
    def queue(self):
        class Full(MemoryStorage):
            def enqueue(self, data, priority=None):
                if len(self._queue) == 2:
                    raise OSError("no room")
                super().enqueue(data, priority)

        return huey.Huey("full", storage_class=Full, immediate=False)

    def test_they_are_written_to_one_by_one(self, queue, task):
        flush(task, range(2))
        assert [message.args for message in in_memory(queue)] == [(0,), (1,)]

    def test_what_was_being_written_when_one_failed_is_uncertain(self, queue, task):
        scope = airlock.Scope(executor=huey_executor)
        with pytest.raises(OSError, match="no room"), scope:
            intents = [airlock.enqueue(task, number) for number in range(5)]
        assert (scope.dispatched, scope.undispatched) == (intents[:2], intents[2:])
        assert scope.uncertain == [intents[2]]

    def test_so_are_those_of_a_huey_that_no_longer_looks_as_it_did(self, monkeypatch, path):
        monkeypatch.delattr("huey.storage.BaseSqlStorage.db")
        assert _units.unit_writer(huey.MemoryHuey().storage) is None
        monkeypatch.undo()
        sqlite = sqlite_huey(path)
        monkeypatch.delattr("huey.storage.BaseSqlStorage")
        assert _units.unit_writer(sqlite.storage) is None
        flush(task_of(sqlite, note))
        sqlite.storage.close()
        assert [message.args for message in in_sqlite(path)] == [(0,), (1,), (2,)]


class TestImmediateMode:
    @pytest.fixture
    def ran(self):
        return []

    @pytest.fixture
    def task(self, ran):
        queue = huey.MemoryHuey("immediate", immediate=True)

        @queue.task()
        def run(number):
            ran.append(number)
            if number == 1:
                raise ValueError(number)
            return number

        return run

    def test_tasks_run_during_the_flush_and_not_before(self, task, ran):
        with airlock.scope(executor=huey_executor) as scope:
            intent = airlock.enqueue(task, 5)
            assert ran == []
        assert ran == [5]
        assert scope.results[intent].get() == 5

    def test_a_task_that_raises_keeps_its_error_in_its_result(self, task, ran):
        scope = flush(task)
        assert ran == [0, 1, 2]
        bad = list(scope.results.values())[1]
        with pytest.raises(huey.exceptions.TaskException):
            bad.get()

    def test_a_delayed_task_waits(self, task, ran):
        with airlock.scope(executor=huey_executor):
            airlock.options(delay=60).enqueue(task, 5)
        assert ran == []
        assert [waiting.args for waiting in task.huey.scheduled()] == [(5,)]


def test_a_huey_that_does_more_when_it_enqueues_is_asked_for_each(monkeypatch, path, queue, task):
    assert _plain.plain_result(queue) is not None
    monkeypatch.setattr(_plain, "_KNOWN", _plain._KNOWN - {"serialize_task"})
    assert _plain.plain_result(queue) is None
    scope = flush(task)
    assert [message.id for message in in_sqlite(path)] == [result.id for result in scope.results.values()]
