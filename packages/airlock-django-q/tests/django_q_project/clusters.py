"""Watching from outside what a cluster makes of units of work."""

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from airlock_conformance.servers import require_server
from airlock_conformance.workers import wait_until, worker_process
from django_q import signals
from django_q.brokers import get_broker
from django_q.models import Task
from django_q.tasks import async_task

from django_q_project.backends import prepare_postgres, use_orm, use_redis
from django_q_project.settings import REDIS_URL
from django_q_project.units import UNITS, events, record

APP = "airlock.integrations.django_q"
MODES = ["scoped", *(["app"] if hasattr(signals, "post_execute_in_worker") else [])]
"""How tasks become units of work: by a decorator, and by the app where django-q2 has what it needs."""

QUEUE = "airlock-units"
_numbers = count()


class Watched:
    """A queue with the clusters of one kind, and what their tasks write down."""

    def __init__(self, broker: str, mode: str, folder: Path, **options: Any) -> None:
        self.broker, self.mode = broker, mode
        self.log = folder / "cluster.log"
        self.options = options
        self._name = f"{broker}-{mode}-{next(_numbers)}"
        get_broker(QUEUE).purge_queue()

    def cluster(self) -> Any:
        """Run a cluster."""
        worker = {"apps": [APP] if self.mode == "app" else [], "options": self.options}
        return worker_process(
            *("-m", "django", "qcluster"),
            folder=Path(__file__).parent.parent,
            environment={
                "AIRLOCK_DJANGO_Q_BROKER": self.broker,
                "AIRLOCK_DJANGO_Q_WORKER": json.dumps(worker),
                "DJANGO_SETTINGS_MODULE": "django_q_project.worker_settings",
            },
            log=self.log,
            stop=signal.SIGINT,
            patience=30,
            may_end=True,
        )

    def run_of(self, name: str) -> str:
        """Return the name under which a run writes down what happens."""
        return f"{self._name}-{name.replace(' ', '-')}"

    def send(self, unit: str, name: str = "", *, run_in_scope: bool = True, **options: Any) -> str:
        """Send a unit, and return the id of the task."""
        module = "scoped_units" if self.mode == "scoped" and run_in_scope else "units"
        run = self.run_of(name or unit)
        function = f"django_q_project.{module}.{unit}"
        identifier: str = async_task(function, run, q_options={"cluster": QUEUE, **options})
        return identifier

    def events(self, name: str) -> list[str]:
        """Return what has happened, oldest first."""
        return events(self.run_of(name))

    def wait_for(self, name: str, *expected: str) -> list[str]:
        """Wait until things have happened, and return all that has."""
        wait_until(lambda: set(expected) <= set(self.events(name)))
        return self.events(name)

    def go(self, name: str) -> None:
        """Let a task that waits go on."""
        record(f"{self.run_of(name)}-go", "go")

    def depth(self) -> int:
        """Return how many messages there are, those that a cluster is working on included where the broker has them."""
        broker = get_broker(QUEUE)
        return int(broker.queue_size()) + int(broker.lock_size() or 0)


@contextmanager
def watched(broker: str, mode: str, folder: Path, **options: Any) -> Iterator[Watched]:
    """Use a broker, and leave nothing behind."""
    with pytest.MonkeyPatch.context() as patch:
        if broker == "redis":
            require_server(REDIS_URL)
            use_redis(patch)
        else:
            if broker == "postgres":
                prepare_postgres()
            use_orm(patch, "default" if broker == "orm" else "postgres")
        side = Watched(broker, mode, folder, **options)
        yield side
        get_broker(QUEUE).purge_queue()


def ended(identifier: str) -> Task:
    """Wait until a task has ended, and return what the cluster has stored of it."""
    found: Task = wait_until(lambda: Task.objects.filter(id=identifier).first())
    assert found is not None, f"{identifier} has not ended"
    return found


__all__ = ["APP", "MODES", "QUEUE", "UNITS", "Watched", "ended", "wait_until", "watched"]
