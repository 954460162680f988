"""Watching from outside what a worker makes of units of work."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from airlock_conformance.workers import wait_until
from django_tasks_db.models import DBTaskResult, get_date_max

from django_tasks_suites import databases
from django_tasks_suites.units import events, note

MODES = ["scoped", "setting"]
"""How tasks become units of work: by a decorator, and by AIRLOCK["TASK_SCOPES"]."""

_numbers = count()


class Watched:
    """A queue with the workers of one kind, and what their tasks write down."""

    def __init__(self, alias: str, mode: str, log: Path) -> None:
        self.mode, self.log = mode, log
        self._rows = DBTaskResult.objects.using(alias)
        self._alias = alias
        self._name = f"{alias}-{mode}-{next(_numbers)}"
        self._rows.all().delete()

    def worker(self) -> Any:
        """Run a worker."""
        environment = {
            "AIRLOCK_TASK_SCOPES": "yes" if self.mode == "setting" else "no",
            "DJANGO_SETTINGS_MODULE": "django_tasks_suites.unit_settings",
        }
        return databases.worker(self._alias, environment, log=self.log, may_end=True)

    def run_of(self, name: str) -> str:
        """Return the name under which a run writes down what happens."""
        return f"{self._name}-{name}"

    def send(self, unit: str) -> Any:
        """Send a unit, and return the id of the row."""
        module = "scoped_units" if self.mode == "scoped" else "units"
        row = self._rows.create(
            args_kwargs={"args": [self.run_of(unit)], "kwargs": {}},
            task_path=f"django_tasks_suites.{module}.{unit}",
            backend_name="database",
            run_after=get_date_max(),
        )
        return row.id

    def row(self, identifier: Any) -> Any:
        """Return the row of a task as it is now."""
        return self._rows.get(id=identifier)

    def ended(self, identifier: Any) -> Any:
        """Wait until a task has ended, and return its row."""
        wait_until(lambda: self.row(identifier).status in ("SUCCESSFUL", "FAILED"))
        return self.row(identifier)

    def again(self, identifier: Any) -> None:
        """Let a task be run that a worker was killed with."""
        self._rows.filter(id=identifier, status="RUNNING").update(status="READY")

    def unfinished(self) -> int:
        """Return how many tasks have not ended."""
        return int(self._rows.filter(status__in=["READY", "RUNNING"]).count())

    def events(self, name: str) -> list[str]:
        """Return what has happened, oldest first."""
        return events(self.run_of(name))

    def wait_for(self, name: str, count: int) -> list[str]:
        """Wait until a number of things have happened, and return all that has."""
        wait_until(lambda: len(self.events(name)) >= count)
        return self.events(name)

    def go(self, name: str) -> None:
        """Let a task that waits go on."""
        note(f"{self.run_of(name)}-go", "go")


@contextmanager
def watched(alias: str, mode: str, folder: Path) -> Iterator[Watched]:
    """Use a database, and leave nothing behind."""
    with pytest.MonkeyPatch.context() as patch, databases.closing_connections():
        databases.use(patch, alias)
        side = Watched(alias, mode, folder / "worker.log")
        yield side
        DBTaskResult.objects.using(alias).all().delete()
