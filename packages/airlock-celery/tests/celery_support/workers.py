"""Real workers."""

import json
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from airlock_conformance.workers import worker_process as run_worker


@contextmanager
def worker(url: str, queue: str, **options: Any) -> Iterator[None]:
    """Run a prefork worker that consumes a queue."""
    with worker_process("celery_support.worker_app", queue, {"url": url, "queue": queue, "options": options}):
        yield


@contextmanager
def worker_process(
    module: str,
    queue: str,
    settings: Mapping[str, Any],
    *arguments: str,
    pool: str = "prefork",
    log: Path | None = None,
    gossips: bool = False,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker with an app of ours, in a process group of its own, and write what it logs to a file."""
    command = ["-m", "celery", "-A", module, "worker", "--loglevel", "WARNING"]
    command += ["--pool", pool, "--concurrency", "2", "--queues", queue]
    # Two workers of one name would lock each other out of the queue for remote control.
    command += ["--hostname", f"{queue}@%h", *arguments]
    if not gossips:
        command += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    environment = {"AIRLOCK_CELERY_WORKER": json.dumps(settings), "PYTHONUNBUFFERED": "1"}
    with run_worker(
        *command,
        folder=Path(__file__).parent.parent,
        environment=environment,
        log=log,
        # A cold shutdown: there is nothing left to wait for.
        stop=signal.SIGQUIT,
        may_end=True,
    ) as process:
        yield process
