"""AIRLOCK["TASK_SCOPES"] in this process: tasks that run where they are enqueued, and a worker under a scope."""

import logging
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings
from django_tasks_suites import databases, tasks, units
from django_tasks_suites.tasks import FRAMEWORK

import airlock
from airlock import NoScopeError
from airlock.integrations.django import _task_scopes

asked: list[BaseException | None] = []
happened: list[str] = []
signals: Any = import_module(f"{FRAMEWORK}.signals")


class Asking(airlock.Scope):
    def should_flush(self, error: BaseException | None) -> bool:
        asked.append(error)
        return super().should_flush(error)


@pytest.fixture(autouse=True)
def _in_scopes() -> Iterator[None]:
    happened.clear()
    asked.clear()
    databases.execute("default", f"DELETE FROM {databases.TABLE}")
    with override_settings(AIRLOCK={"EXECUTOR": "sync", "TASK_SCOPES": True}):
        yield
    databases.execute("default", f"DELETE FROM {databases.TABLE}")


@tasks.task
def want(event: str, fails: bool = False) -> None:
    airlock.enqueue(happened.append, event)
    if fails:
        raise RuntimeError("as asked")


def test_a_task_that_runs_where_it_is_enqueued_is_part_of_the_work_around_it() -> None:
    with airlock.scope():
        assert want.enqueue("effect").status == "SUCCESSFUL"
        assert want.enqueue("dropped", fails=True).status == "FAILED"
        assert happened == []
    assert happened == ["effect"]


def test_a_task_that_runs_where_it_is_enqueued_alone_is_a_unit_of_work() -> None:
    want.enqueue("effect")
    assert (happened, airlock.get_current_scope()) == (["effect"], None)


def test_a_scope_is_asked_with_the_error_of_the_task() -> None:
    airlock.configure(scope_cls=Asking)
    want.enqueue("effect", fails=True)
    assert [str(error) for error in asked] == ["as asked"]


def test_a_scope_is_asked_with_a_stand_in_where_nobody_has_the_error() -> None:
    airlock.configure(scope_cls=Asking)
    result = want.enqueue("effect", fails=True)
    asked.clear()
    backend = tasks.framework.task_backends["dummy"]
    signals.task_started.send(type(backend), task_result=result)
    signals.task_finished.send(type(backend), task_result=result)
    (error,) = asked
    assert isinstance(error, _task_scopes.TaskFailed)
    assert "as asked" in str(error)


def test_without_the_setting_a_task_has_no_scope() -> None:
    with override_settings(AIRLOCK={"EXECUTOR": "sync"}):
        result = want.enqueue("effect")
    assert result.status == "FAILED"
    assert result.errors[0].exception_class is NoScopeError
    assert want.enqueue("effect").status == "SUCCESSFUL"


def test_a_worker_under_a_scope_reports_and_closes_it(caplog: pytest.LogCaptureFixture) -> None:
    units.succeed.enqueue("worker-under-a-scope")
    outer = airlock.scope().enter()
    airlock.enqueue(happened.append, "swallowed")
    with caplog.at_level(logging.ERROR, "airlock"):
        databases.work_off()
    assert (outer.is_discarded, happened) == (True, [])
    assert units.events("worker-under-a-scope") == ["effect", "second effect"]
    assert "still open when the task django_tasks_suites.units.succeed started" in caplog.text


def test_a_value_that_is_no_flag_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="TASK_SCOPES'] is 'yes', which is neither True nor False"):
        with override_settings(AIRLOCK={"TASK_SCOPES": "yes"}):
            pass


def test_the_setting_needs_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_task_scopes, "_frameworks", list)
    with pytest.raises(ImproperlyConfigured, match="needs tasks, and there are none"):
        with override_settings(AIRLOCK={"TASK_SCOPES": True}):
            pass
