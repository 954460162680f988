"""Real workers."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def worker(url: str, queue: str, **options: Any) -> Iterator[None]:
    """Run a prefork worker that consumes a queue."""
    settings = json.dumps({"url": url, "queue": queue, "options": options})
    paths = [str(Path(__file__).parent.parent), os.environ.get("PYTHONPATH", "")]
    command = [sys.executable, "-m", "celery", "-A", "celery_support.worker_app", "worker", "--loglevel", "WARNING"]
    command += ["--pool", "prefork", "--concurrency", "2", "--queues", queue]
    command += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    process = subprocess.Popen(
        command,
        env=os.environ | {"AIRLOCK_CELERY_WORKER": settings, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        # A cold shutdown: there is nothing left to wait for.
        process.send_signal(signal.SIGQUIT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
