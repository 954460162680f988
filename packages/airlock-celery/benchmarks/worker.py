"""Measure what a scope costs in a worker of Celery, on Redis: an empty task without `AirlockTask` and with it."""

import signal
import sys
from typing import Any

from celery import Celery
from working import Stamps, Work, run, worker_process

from airlock.integrations.celery import AirlockTask

QUEUE = "airlock-celery-bench-worker"

stamps = Stamps(f"{QUEUE}:stamps", database=1)
app = Celery("worker", broker=stamps.url)
app.conf.update(
    broker_connection_retry_on_startup=True,
    broker_transport_options={"global_keyprefix": f"{QUEUE}:"},
    task_default_queue=QUEUE,
    task_ignore_result=True,
    worker_prefetch_multiplier=64,
)


@app.task(name="bench.stamp")
def stamp() -> None:
    """Say how long the process has worked."""
    stamps.stamp()


@app.task(name="bench.plain")
def plain(order: int, user: int) -> None:
    """Do nothing."""


@app.task(name="bench.scoped", base=AirlockTask)
def scoped(order: int, user: int) -> None:
    """Do nothing, in a scope."""


class CeleryWork(Work):
    """A worker with the pool `solo`."""

    stamps = stamps

    def send(self, with_scopes: bool, count: int) -> None:
        task: Any = scoped if with_scopes else plain
        with app.producer_or_acquire() as producer:
            for number in range(count):
                task.apply_async((number, number), producer=producer)

    def begin(self, with_scopes: bool) -> None:
        stamp.delay()

    def worker(self) -> Any:
        command = ["-m", "celery", "-A", "worker", "worker", "--loglevel", "ERROR", "--pool", "solo"]
        command += ["--queues", QUEUE, "--without-gossip", "--without-mingle", "--without-heartbeat"]
        return worker_process(__file__, *command, stop=signal.SIGQUIT)

    def forget(self) -> None:
        stamps.forget(f"{QUEUE}:*")


if __name__ == "__main__":
    sys.exit(run(__doc__, CeleryWork()))
