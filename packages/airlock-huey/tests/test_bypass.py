"""What is published without airlock is reported, and what Huey publishes itself is not."""

import logging

import huey
import pytest
from airlock_conformance.workers import wait_until
from huey_suites.consumers import consumer_threads
from huey_suites.queues import in_memory, in_sqlite, sqlite_huey

import airlock
from airlock.integrations.bypass import BypassWarning, collect
from airlock.integrations.executors.huey import _bypass, huey_executor
from airlock.integrations.huey import install

done = []
queue = huey.MemoryHuey("airlock-bypass", immediate=False)


@queue.task()
def note(*args):
    done.append(args)


@queue.task()
def bare():
    note()


@queue.task(retries=1)
def fails_once():
    done.append("attempt")
    if len(done) == 1:
        raise KeyError("again")


@pytest.fixture(autouse=True)
def _as_before():
    done.clear()
    yield
    airlock.configure(bypass="ignore")
    queue.storage.flush_all()


def run(task, events, *args):
    """Send by airlock, and return what was reported until so many things have happened."""
    with collect() as found, consumer_threads(queue):
        with airlock.Scope(executor=huey_executor):
            airlock.enqueue(task, *args)
        wait_until(lambda: len(done) >= events)
    assert len(done) == events
    return found


def test_the_task_and_the_line_are_named():
    with collect() as found:
        note(7)
    (bypass,) = found
    assert (bypass.backend, bypass.task) == ("huey", "note")
    line = test_the_task_and_the_line_are_named.__code__.co_firstlineno + 2
    assert (bypass.origin.filename, bypass.origin.line) == (__file__, line)
    assert len(in_memory(queue)) == 1


@pytest.mark.parametrize("send", [lambda: note.schedule((7,), delay=9), lambda: queue.enqueue(note.s(7))])
def test_whatever_way_it_is_sent(send):
    with collect() as found:
        send()
    assert [bypass.task for bypass in found] == ["note"]


@pytest.mark.parametrize("immediate", [False, True])
def test_what_airlock_sends_is_not_reported(immediate):
    airlock.configure(bypass="raise")
    queue.immediate = immediate
    try:
        with collect() as found, airlock.Scope(executor=huey_executor):
            airlock.enqueue(note, 1)
            airlock.enqueue(note.s(2).then(note))
    finally:
        queue.immediate = False
    assert found == []


def test_nor_what_it_sends_in_one_transaction(tmp_path, monkeypatch):
    sqlite = sqlite_huey(tmp_path / "huey.db")
    task = sqlite.task(name="sqlite_note")(lambda number: number)
    monkeypatch.setitem(globals(), "found_here", task)
    with collect() as found:
        with airlock.Scope(executor=huey_executor):
            for number in range(3):
                airlock.enqueue(task, number)
        assert found == []
        task(3)
    assert [bypass.task for bypass in found] == ["sqlite_note"]
    assert len(in_sqlite(tmp_path / "huey.db")) == 4
    sqlite.storage.close()


def test_retries_pipelines_and_error_handlers_are_not_reported():
    assert run(fails_once, 2) == []
    done.clear()
    assert run(note.s(1).then(note), 2) == []


def test_what_a_task_sends_while_a_scope_sends_it_is_reported_if_tasks_have_scopes(monkeypatch):
    immediate = huey.MemoryHuey("airlock-bypass-immediate", immediate=True)
    install(immediate)
    monkeypatch.setitem(globals(), "found_here", immediate)
    inner = immediate.task(name="inner")(lambda: done.append("inner"))

    @immediate.task()
    def outer():
        inner()

    with collect() as found, airlock.Scope(executor=huey_executor):
        airlock.enqueue(outer)
    assert done == ["inner"]
    (bypass,) = found
    assert bypass.task == "inner"
    assert bypass.origin.function.endswith("outer")


def test_what_is_due_is_not_reported():
    with collect() as found, consumer_threads(queue):
        with airlock.Scope(executor=huey_executor):
            airlock.options(delay=1).enqueue(note, 1)
        wait_until(lambda: done)
    assert done == [(1,)]
    assert found == []


def test_what_a_task_sends_in_a_worker_is_reported():
    (bypass,) = run(bare, 1)
    assert (bypass.task, bypass.origin.function) == ("note", "bare")


def test_a_warning_points_to_the_line():
    airlock.configure(bypass="warn")
    with pytest.warns(BypassWarning, match="note was sent to huey without airlock") as caught:
        note(7)
    assert caught[0].filename == __file__
    assert caught[0].lineno == test_a_warning_points_to_the_line.__code__.co_firstlineno + 3


def test_huey_logs_what_is_raised_and_sends(caplog):
    airlock.configure(bypass="raise")
    with caplog.at_level(logging.ERROR, "huey"):
        note(7)
    assert "Write `airlock.enqueue(note, ...)` there" in caplog.text
    assert len(in_memory(queue)) == 1


def test_off_means_off(recwarn):
    airlock.configure(bypass="raise")
    airlock.configure(bypass="raise")
    assert len(queue._signal.receivers["enqueued"]) == 1
    airlock.configure(bypass="ignore")
    assert not any(queue._signal.receivers.values())
    note(7)
    assert not recwarn.list


def test_a_flush_watches_what_has_been_imported_since(monkeypatch):
    airlock.configure(bypass="warn")
    late = huey.MemoryHuey("airlock-bypass-late", immediate=False)
    module = type(huey)("airlock_bypass_late")
    module.late = late
    monkeypatch.setitem(__import__("sys").modules, module.__name__, module)
    with airlock.Scope(executor=huey_executor):
        airlock.enqueue(note, 1)
    assert late._signal.receivers["enqueued"] == [_bypass._receive]
