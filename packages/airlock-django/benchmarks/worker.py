"""Measure what a scope costs in `db_worker`, on SQLite: an empty task without AIRLOCK["TASK_SCOPES"] and with it."""

import os
import sys
import tempfile
from contextlib import AbstractContextManager
from pathlib import Path
from signal import SIGTERM
from typing import Any

from working import Stamps, Work, run, worker_process

stamps = Stamps("airlock-django-bench-worker:stamps", 5)


def switch(*, task_result: Any, **_: object) -> None:
    """Take the scopes away after the one task, and put them back after the other."""
    from airlock.integrations.django import _task_scopes

    if task_result.task.name != "empty":
        _task_scopes.adjust(task_result.task.name == "with_scopes")


if __name__ == "worker":
    import django

    if django.VERSION >= (6, 0):
        from django.tasks import task
        from django.tasks.signals import task_finished
    else:
        from django_tasks import task
        from django_tasks.signals import task_finished

    task_finished.connect(switch)

    @task
    def without_scopes() -> None:
        """Say how long the process has worked, before a block without scopes."""
        stamps.stamp()

    @task
    def with_scopes() -> None:
        """Say it before a block with scopes."""
        stamps.stamp()

    @task
    def empty(order: int, user: int) -> None:
        """Do nothing."""


class DatabaseWork(Work):
    """A worker of django-tasks-db."""

    stamps = stamps

    def __init__(self, folder: str) -> None:
        import django
        from django.core.management import call_command

        os.environ["AIRLOCK_BENCH_DATABASE"] = str(Path(folder) / "queue.sqlite3")
        os.environ["DJANGO_SETTINGS_MODULE"] = "_worker_settings"
        django.setup()
        call_command("migrate", run_syncdb=True, verbosity=0)

    def send(self, with_scopes: bool, count: int) -> None:
        self._insert("empty", [[number, number] for number in range(count)])

    def begin(self, with_scopes: bool) -> None:
        self._insert("with_scopes" if with_scopes else "without_scopes", [[]])

    def _insert(self, name: str, calls: list[list[int]]) -> None:
        from django_tasks_db.models import DBTaskResult, get_date_max

        DBTaskResult.objects.bulk_create(
            DBTaskResult(
                args_kwargs={"args": args, "kwargs": {}},
                task_path=f"worker.{name}",
                backend_name="default",
                run_after=get_date_max(),
            )
            for args in calls
        )

    def worker(self) -> AbstractContextManager[Any]:
        command = ["-m", "django", "db_worker", "--interval", "0.01", "--no-startup-delay", "--no-reload", "-v", "0"]
        return worker_process(__file__, *command, stop=SIGTERM)

    def forget(self) -> None:
        from django_tasks_db.models import DBTaskResult

        DBTaskResult.objects.all().delete()
        stamps.forget()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(run(__doc__, DatabaseWork(folder), count=100, rounds=8))
