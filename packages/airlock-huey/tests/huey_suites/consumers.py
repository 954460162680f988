"""Real consumers, in threads of this process or in another one."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from airlock_conformance.workers import worker_process

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def consumer_threads(queue: Any, workers: int = 1) -> Iterator[None]:
    """Consume a queue with the threads of Huey's own consumer."""
    handlers = [signal.getsignal(number) for number in SIGNALS]
    consumer = queue.create_consumer(
        workers=workers, periodic=False, initial_delay=0.01, max_delay=0.05, scheduler_interval=1
    )
    consumer.start()
    try:
        yield
    finally:
        consumer.stop(graceful=True)
        for number, handler in zip(SIGNALS, handlers, strict=True):
            signal.signal(number, handler)


@contextmanager
def consumer_process(**environment: str) -> Iterator[None]:
    """Consume a queue with the program that comes with Huey."""
    command = ["-m", "huey.bin.huey_consumer", "huey_suites.consumer_app.app"]
    command += ["--no-periodic", "--workers=1", "--delay=0.01", "--max-delay=0.05", "--scheduler-interval=1"]
    with worker_process(*command, folder=Path(__file__).parent.parent, environment=environment, stop=signal.SIGINT):
        yield
