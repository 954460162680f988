"""The app in this process: where a worker starts and ends a task, and what stops a project from starting."""

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextvars import ContextVar
from multiprocessing import Value
from typing import Any

import pytest
from django_q import signals
from django_q.queues import Queue
from django_q.tasks import async_task
from django_q.worker import worker
from django_q_project.clusters import MODES
from django_q_project.units import events

import airlock

TELLS_OF_THE_END = "app" in MODES
tenant: ContextVar[str] = ContextVar("tenant", default="nobody")
asked: list[BaseException | None] = []


class Asking(airlock.Scope):
    def should_flush(self, error: BaseException | None) -> bool:
        asked.append(error)
        return super().should_flush(error)


def start(apps: list[str]) -> str:
    """Set up a project in a process of its own, and return all that it says."""
    program = f"import django; from django.conf import settings; settings.configure(INSTALLED_APPS={apps!r}, "
    program += "SECRET_KEY='for tests', DATABASES={}); django.setup(); print('started')"
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, env=environment)
    return done.stdout + done.stderr


def test_a_project_without_django_q_is_told_so() -> None:
    assert "lacks 'django_q': add it" in start(["airlock.integrations.django_q"])


def test_twice_is_an_error_of_django() -> None:
    assert "aren't unique" in start(["django_q", "airlock.integrations.django_q", "airlock.integrations.django_q"])


def test_an_old_django_q_is_told_what_to_do_instead() -> None:
    said = start(["django_q", "airlock.integrations.django_q"])
    assert ("started" if TELLS_OF_THE_END else "put @airlock.scoped() on the functions") in said


if TELLS_OF_THE_END:

    @pytest.fixture(autouse=True)
    def _with_the_app() -> Iterator[None]:
        from airlock.integrations.django_q._execution import _ID, follow

        before = airlock.get_configuration()
        airlock.configure(executor="sync", scope_cls=Asking, context={"tenant": tenant})
        asked.clear()
        follow()
        yield
        for signal in (signals.pre_execute, signals.post_execute_in_worker):
            signal.disconnect(dispatch_uid=_ID)
        airlock.configure(**before._asdict())

    def work(unit: str, run: str, **more: Any) -> dict[str, Any]:
        """Let a worker execute a task here, and return what it reports."""
        given, done = Queue(), Queue()
        package = {"id": run, "name": run, "func": f"django_q_project.units.{unit}", "args": (run,), "kwargs": {}}
        given.put(package | more)
        given.put("STOP")
        worker(given, done, Value("f", -1), 20)
        reported: dict[str, Any] = done.get()
        for queue in (given, done):
            queue.close()
            queue.join_thread()
        return reported

    def test_a_scope_left_open_before_is_reported_and_swallows_nothing(caplog: pytest.LogCaptureFixture) -> None:
        leaked = airlock.scope().enter()
        with caplog.at_level(logging.ERROR, "airlock"):
            reported = work("succeed", "after-a-leak")
        assert (reported["success"], leaked.is_discarded) == (True, True)
        assert events("after-a-leak") == ["effect", "second effect"]
        assert "still open when the task django_q_project.units.succeed started" in caplog.text

    def test_what_the_message_carried_is_restored(monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("django_q_project.units.add", lambda _: tenant.get())
        reported = work("add", "context", airlock_context={"tenant": "acme"})
        assert (reported["result"], tenant.get()) == ("acme", "nobody")

    def test_a_context_that_cannot_be_restored_fails_the_task_and_not_the_worker() -> None:
        reported = work("succeed", "bad-context", airlock_context="no mapping")
        assert (reported["success"], reported["args"]) == (False, ("bad-context",))
        assert "carries a mapping" in reported["result"]
        assert events("bad-context") == []

    def test_a_scope_is_asked_with_a_stand_in_for_the_error_of_a_task() -> None:
        from airlock.integrations.django_q import TaskFailed

        work("crash", "asked")
        (error,) = asked
        assert isinstance(error, TaskFailed)
        assert "as asked" in str(error)

    def test_a_flush_that_fails_is_told_to_the_error_reporter(monkeypatch: pytest.MonkeyPatch) -> None:
        told: list[BaseException | None] = []

        class Reporter:
            def report(self) -> None:
                told.append(sys.exception())

        monkeypatch.setattr("django_q.conf.error_reporter", Reporter())
        airlock.configure(executor=lambda _: 1 / 0)
        assert work("succeed", "bad-flush")["success"] is False
        assert [type(error) for error in told] == [ZeroDivisionError]

    def test_sync_is_part_of_the_work_around_it() -> None:
        with airlock.scope():
            async_task("django_q_project.units.succeed", "sync", sync=True)
            assert events("sync") == []
        assert events("sync") == ["effect", "second effect"]

    def test_sync_that_fails_raises_in_its_caller_and_sends_nothing() -> None:
        with airlock.scope(), pytest.raises(RuntimeError, match="as asked"):
            async_task("django_q_project.units.crash", "sync-crash", sync=True)
        assert events("sync-crash") == []
        assert [type(error) for error in asked] == [RuntimeError, type(None)]

    def test_sync_alone_is_a_unit_of_work() -> None:
        async_task("django_q_project.units.succeed", "sync-alone", sync=True)
        assert events("sync-alone") == ["effect", "second effect"]

    def test_sync_whose_flush_fails_raises_in_its_caller() -> None:
        airlock.configure(executor=lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            async_task("django_q_project.units.succeed", "sync-bad-flush", sync=True)

    def test_a_context_that_cannot_be_restored_raises_in_the_caller_of_sync() -> None:
        def spoil(*, task: dict[str, Any], **_: object) -> None:
            task["airlock_context"] = "no mapping"

        signals.pre_enqueue.connect(spoil)
        try:
            with pytest.raises(TypeError, match="carries a mapping"):
                async_task("django_q_project.units.succeed", "sync-bad-context", sync=True)
        finally:
            signals.pre_enqueue.disconnect(spoil)
