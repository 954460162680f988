"""Measure what a scope costs in a worker of django-q2, on Redis: an empty task without the app's scope and with it."""

import os
import sys
from contextlib import AbstractContextManager
from signal import SIGTERM
from typing import Any

from working import Stamps, Work, run, worker_process

stamps = Stamps("airlock-django-q-bench-worker:stamps", 4)


def without_scopes() -> None:
    """Say how long the process has worked, before a block without scopes."""
    stamps.stamp()


def with_scopes() -> None:
    """Say it before a block with scopes."""
    stamps.stamp()


def empty(order: int, user: int) -> None:
    """Do nothing."""


def switch(*, task: dict[str, Any], **_: object) -> None:
    """Take the app's receivers away after the one, and put them back after the other."""
    from django_q import signals

    from airlock.integrations.django_q import _execution

    if task["func"] == "worker.without_scopes":
        for signal in (signals.pre_execute, signals.post_execute_in_worker):
            signal.disconnect(dispatch_uid=_execution._ID)
    elif task["func"] == "worker.with_scopes":
        _execution.follow()


if __name__ == "worker":
    from django_q import signals

    signals.post_execute_in_worker.connect(switch)


class DjangoQWork(Work):
    """A cluster with one worker."""

    stamps = stamps

    def __init__(self) -> None:
        import django

        os.environ["DJANGO_SETTINGS_MODULE"] = "_worker_settings"
        django.setup()

        from django_q.brokers import get_broker

        self._broker = get_broker()

    def send(self, with_scopes: bool, count: int) -> None:
        from django_q.tasks import async_task

        for number in range(count):
            async_task("worker.empty", number, number, broker=self._broker)

    def begin(self, with_scopes: bool) -> None:
        from django_q.tasks import async_task

        async_task(f"worker.{'with' if with_scopes else 'without'}_scopes", broker=self._broker)

    def worker(self) -> AbstractContextManager[Any]:
        return worker_process(
            __file__, "-m", "django", "qcluster", stop=SIGTERM, DJANGO_SETTINGS_MODULE="_worker_settings"
        )

    def forget(self) -> None:
        self._broker.purge_queue()
        stamps.forget()


if __name__ == "__main__":
    sys.exit(run(__doc__, DjangoQWork(), count=300))
