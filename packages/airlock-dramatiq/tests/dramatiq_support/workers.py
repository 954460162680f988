"""Real workers, in threads of this process or in another one."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from airlock_conformance.workers import worker_process as run_worker
from dramatiq import Worker

WORKED_QUEUE = "airlock_dramatiq_worked"


@contextmanager
def worker_threads(broker: Any) -> Generator[Worker, None, None]:
    """Run a worker of Dramatiq's in this process."""
    broker.emit_after("process_boot")
    worker = Worker(broker, worker_timeout=50, worker_threads=1)
    worker.start()
    try:
        yield worker
    finally:
        worker.stop()


@contextmanager
def worker_process(url: str) -> Generator[None, None, None]:
    """Run the program that comes with Dramatiq."""
    command = ["-m", "dramatiq", "dramatiq_support.worker_app:broker"]
    command += ["--processes=1", "--threads=1", "--worker-shutdown-timeout=5000"]
    names = {"AIRLOCK_DRAMATIQ_URL": url, "AIRLOCK_DRAMATIQ_QUEUE": WORKED_QUEUE}
    with run_worker(*command, folder=Path(__file__).parent.parent, environment=names):
        yield
