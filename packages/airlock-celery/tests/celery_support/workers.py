"""Real workers."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any


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
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker with an app of ours, in a process group of its own, and write what it logs to a file."""
    paths = [str(Path(__file__).parent.parent), os.environ.get("PYTHONPATH", "")]
    command = [sys.executable, "-m", "celery", "-A", module, "worker", "--loglevel", "WARNING"]
    command += ["--pool", pool, "--concurrency", "2", "--queues", queue]
    # Two workers of one name would lock each other out of the queue for remote control.
    command += ["--hostname", f"{queue}@%h", "--without-gossip", "--without-mingle", "--without-heartbeat", *arguments]
    environment = {
        "AIRLOCK_CELERY_WORKER": json.dumps(settings),
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "PYTHONUNBUFFERED": "1",
    }
    with (log or Path(os.devnull)).open("ab") as output:
        process = subprocess.Popen(
            command,
            env=os.environ | environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output if log else None,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        # A cold shutdown: there is nothing left to wait for.
        process.send_signal(signal.SIGQUIT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
