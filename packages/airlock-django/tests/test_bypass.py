"""What is enqueued without airlock is reported, whichever package the task is of; and the key BYPASS."""

import asyncio
import warnings
from collections.abc import Iterator
from importlib import import_module

import pytest
from asgiref.sync import sync_to_async
from django.test import override_settings
from django_project.models import Entry
from django_tasks.base import task as backport_task
from django_tasks.signals import task_enqueued as backport_signal
from django_tasks_suites import tasks
from django_tasks_suites.tasks import FRAMEWORK

import airlock
from airlock import BypassError
from airlock.integrations.bypass import BypassWarning, collect
from airlock.integrations.django._configured import source_of
from airlock.integrations.executors.django_tasks import django_tasks_executor

signal = import_module(f"{FRAMEWORK}.signals").task_enqueued
ADD = f"{tasks.__name__}.add"


@backport_task(backend="backport")
def kept(number: int) -> None:
    """Be a task of the backport, on any Django."""


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    airlock.configure(bypass="ignore")


def test_the_task_and_the_line_are_named() -> None:
    with collect() as found:
        tasks.add.enqueue(7)
    (bypass,) = found
    line = test_the_task_and_the_line_are_named.__code__.co_firstlineno + 2
    assert (bypass.backend, bypass.task) == ("django-tasks", ADD)
    assert (bypass.origin.filename, bypass.origin.line) == (__file__, line)


def test_a_task_of_the_backport_is_reported_whatever_django_has() -> None:
    with collect() as found:
        kept.enqueue(7)
    assert [bypass.task for bypass in found] == [f"{__name__}.kept"]


def test_a_task_that_is_kept_in_the_database_is_reported() -> None:
    with collect() as found:
        tasks.add_in_database.enqueue(7)
    assert [bypass.origin.filename for bypass in found] == [__file__]


def test_one_that_is_enqueued_in_a_coroutine_is_reported_without_its_line() -> None:
    async def main() -> None:
        await tasks.add.aenqueue(7)

    with collect() as found:
        asyncio.run(main())
    assert [bypass.task for bypass in found] == [ADD]


@pytest.mark.parametrize("task", [tasks.add, tasks.add_in_database, kept], ids=["at once", "database", "backport"])
def test_what_airlock_sends_is_not_reported(task: object) -> None:
    airlock.configure(bypass="raise")
    with collect() as found, airlock.Scope(executor=django_tasks_executor):
        airlock.enqueue(task, 1)
        airlock.enqueue(task, 2)
    assert found == []


@pytest.mark.parametrize("task", [tasks.add, tasks.add_in_database], ids=["at once", "database"])
def test_nor_what_it_sends_from_a_coroutine(task: object) -> None:
    async def main() -> None:
        async with airlock.scope(executor=django_tasks_executor):
            airlock.enqueue(task, 1)
            airlock.enqueue(task, 2)

    with collect() as found:
        asyncio.run(main())
        assert found == []
        asyncio.run(sync_to_async(tasks.add.enqueue)(3))
    assert len(found) == 1


def test_a_warning_points_to_the_line() -> None:
    airlock.configure(bypass="warn")
    with pytest.warns(BypassWarning, match="add was sent to django-tasks without airlock") as caught:
        tasks.add.enqueue(7)
    line = test_a_warning_points_to_the_line.__code__.co_firstlineno + 3
    assert (caught[0].filename, caught[0].lineno) == (__file__, line)


def test_it_raises_where_it_is_enqueued_which_a_transaction_takes_back() -> None:
    from django.db import transaction

    airlock.configure(bypass="raise")
    with pytest.raises(BypassError, match="was sent to django-tasks without airlock"), transaction.atomic():
        Entry.objects.create()
        tasks.add_in_database.enqueue(7)
    assert not Entry.objects.exists()


def test_off_means_off() -> None:
    before = len(signal.receivers), len(backport_signal.receivers)
    airlock.configure(bypass="raise")
    airlock.configure(bypass="raise")
    assert len(signal.receivers) == before[0] + 1
    airlock.configure(bypass="ignore")
    assert (len(signal.receivers), len(backport_signal.receivers)) == before
    with warnings.catch_warnings():
        tasks.add.enqueue(7)


@pytest.mark.parametrize("mode", ["ignore", "warn", "raise"])
def test_the_settings_say_what_happens(mode: str) -> None:
    with override_settings(AIRLOCK={"BYPASS": mode}):
        assert airlock.get_configuration().bypass == mode
        assert source_of("bypass") == "AIRLOCK['BYPASS']"
    assert airlock.get_configuration().bypass == "ignore"


def test_the_settings_begin_and_end_it() -> None:
    with override_settings(AIRLOCK={"BYPASS": "raise"}), pytest.raises(BypassError):
        tasks.add.enqueue(7)
    tasks.add.enqueue(7)
