"""Tasks that `sync` runs here, and flushes inside an event loop."""

import asyncio
from collections.abc import Coroutine, Iterator
from typing import Any

import pytest
from airlock_conformance import tasks as conformance
from django_tasks_suites import databases, tasks

import airlock
from airlock import Intent, Scope, UsageError
from airlock.integrations.django import DjangoScope
from airlock.integrations.executors.django_tasks import django_tasks_executor
from airlock.integrations.executors.sync import sync_executor

note: Any = tasks.TASKS[conformance.note]


@pytest.fixture(autouse=True)
def _close_connections() -> Iterator[None]:
    with databases.closing_connections():
        yield
    databases.execute("default", f"DELETE FROM {databases.TABLE}")


def run(main: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(main)


def performed(task: Any, *args: Any) -> tuple[Any, Intent]:
    with Scope(executor=sync_executor) as scope:
        intent = airlock.enqueue(task, *args)
    return scope.results[intent], intent


async def performed_in_a_loop(task: Any, *args: Any) -> tuple[Any, Intent]:
    async with Scope(executor=sync_executor) as scope:
        intent = airlock.enqueue(task, *args)
    return scope.results[intent], intent


def test_sync_runs_a_task_and_lets_its_exception_out() -> None:
    assert performed(tasks.add, 1)[0] == 1
    with pytest.raises(LookupError, match="no such order"):
        performed(tasks.fail)


def test_sync_runs_a_coroutine_function_to_its_end_as_a_worker_does() -> None:
    assert performed(tasks.double, 4)[0] == 8


def test_sync_awaits_a_coroutine_function_where_a_loop_is_running() -> None:
    assert run(performed_in_a_loop(tasks.double, 4))[0] == 8


def test_sync_runs_a_plain_task_where_it_may_use_the_database() -> None:
    async def main() -> int:
        async with Scope(executor=sync_executor) as scope:
            intent = airlock.enqueue(tasks.count_rows)
        found: int = scope.results[intent]
        return found

    assert run(main()) == 0


@pytest.mark.parametrize("task", [tasks.attempt, tasks.attempt_later], ids=["plain", "coroutine"])
def test_sync_tells_a_task_about_its_first_attempt(task: Any) -> None:
    result, intent = performed(task, 5)
    assert result == (1, str(intent.id), 5)
    result, intent = run(performed_in_a_loop(task, 5))
    assert result == (1, str(intent.id), 5)


def test_sync_ignores_options() -> None:
    with Scope(executor=sync_executor) as scope:
        intent = airlock.options(priority=3, backend="database").enqueue(tasks.add, 1)
    assert scope.results[intent] == 1
    assert databases.rows("default") == []


async def flush(*numbers: int) -> Scope:
    async with Scope(executor=django_tasks_executor) as scope:
        for number in numbers:
            airlock.enqueue(note, number)
    return scope


def test_a_flush_in_a_loop_goes_through_the_thread_that_has_the_database() -> None:
    scope = run(flush(1, 2, 3))
    assert [row.args for row in databases.rows("default")] == [(1,), (2,), (3,)]
    assert [scope.results[intent].args for intent in scope.intents] == [[1], [2], [3]]
    assert scope.dispatched == scope.intents


def test_a_django_scope_in_a_loop_sends_and_performs_in_the_thread_that_has_the_database() -> None:
    async def main() -> Any:
        async with DjangoScope(executor=django_tasks_executor):
            airlock.enqueue(note, 1)
        async with DjangoScope(executor=sync_executor) as scope:
            intents = [airlock.enqueue(task, 3) for task in (tasks.double, tasks.add)]
        return [scope.results[intent] for intent in intents]

    assert run(main()) == [6, 3]
    assert [row.args for row in databases.rows("default")] == [(1,)]


def test_a_plain_scope_in_a_loop_is_told_to_be_awaited() -> None:
    async def main() -> None:
        with Scope(executor=django_tasks_executor):
            airlock.enqueue(note, 1)

    with pytest.raises(UsageError, match="async with"):
        run(main())
    assert databases.rows("default") == []


def test_a_plain_scope_in_a_loop_sends_where_django_is_told_that_it_is_safe(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        with Scope(executor=django_tasks_executor):
            airlock.enqueue(note, 1)

    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    run(main())
    assert [row.args for row in databases.rows("default")] == [(1,)]


def test_an_empty_flush_in_a_loop_awaits_nothing() -> None:
    async def main() -> list[Any]:
        return list(django_tasks_executor.dispatch_many([]))

    assert run(main()) == []


def test_what_was_sent_before_an_error_in_a_loop_is_dispatched(monkeypatch: pytest.MonkeyPatch) -> None:
    enqueue = type(tasks.keep.get_backend()).enqueue

    def once(self: Any, task: Any, args: Any, kwargs: Any) -> Any:
        if args == [2]:
            raise ConnectionResetError
        return enqueue(self, task, args, kwargs)

    monkeypatch.setattr(type(tasks.keep.get_backend()), "enqueue", once)
    scope = Scope(executor=django_tasks_executor)

    async def main() -> None:
        async with scope:
            for number in range(4):
                airlock.enqueue(tasks.keep, number)

    with pytest.raises(ConnectionResetError):
        run(main())
    assert scope.dispatched == scope.intents[:2]
    assert (scope.undispatched, scope.uncertain) == (scope.intents[2:], scope.intents[2:3])


def test_nothing_is_known_of_a_flush_that_was_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    started = asyncio.Event()
    scope = Scope(executor=django_tasks_executor)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        enqueue = type(tasks.keep.get_backend()).enqueue

        def tell(self: Any, task: Any, args: Any, kwargs: Any) -> Any:
            loop.call_soon_threadsafe(started.set)
            return enqueue(self, task, args, kwargs)

        monkeypatch.setattr(type(tasks.keep.get_backend()), "enqueue", tell)

        async def work() -> None:
            async with scope:
                airlock.enqueue(tasks.keep, 1)
                airlock.enqueue(tasks.keep, 2)

        task = asyncio.create_task(work())
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(main())
    assert scope.dispatched == []
    assert scope.uncertain == scope.undispatched == scope.intents
