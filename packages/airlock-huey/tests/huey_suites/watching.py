"""Watching from outside what consumers do."""

import json
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from airlock_conformance.servers import require_server
from airlock_conformance.workers import wait_until, worker_process

from huey_suites.queues import REDIS_URL
from huey_suites.worker_app import VARIABLE, Settings, make_huey

# Huey 2 leaves the start method to Python, and its processes need this one.
CONSUMER = (
    "import multiprocessing; multiprocessing.set_start_method('fork'); "
    "from huey.bin.huey_consumer import consumer_main; consumer_main()"
)
PATCHED = f"from gevent import monkey; monkey.patch_all(); {CONSUMER}"


class Watched:
    """A queue of its own, what its consumers do, and what they write down."""

    def __init__(self, storage: str, folder: Path, scoped: bool = True) -> None:
        name = f"airlock{uuid.uuid4().hex}"
        self.folder = folder / name
        self.folder.mkdir()
        self._settings = Settings(storage, name, str(self.folder), scoped)
        self.huey: Any = make_huey(self._settings._replace(scoped=False))
        self.log = self.huey.log

    @contextmanager
    def consumer(self, module: str, kind: str, *options: str, may_end: bool = False) -> Iterator[Any]:
        """Run a consumer with workers of some kind, on the Huey that a module of `huey_suites` has as `app`."""
        options = ("--worker-type", kind, "--delay=0.02", "--max-delay=0.05", *options)
        with (
            worker_process(
                *["-c", PATCHED if kind == "greenlet" else CONSUMER, f"huey_suites.{module}.app", *options],
                folder=Path(__file__).parent.parent,
                environment={VARIABLE: json.dumps(self._settings), "PYTHONWARNINGS": "ignore"},
                log=self.folder / "consumer.log",
                may_end=may_end,
            ) as process,
            open_process(process),
        ):
            yield process

    def wait_for(self, run: str, count: int) -> list[str]:
        """Wait until a number of things have happened."""
        wait_until(lambda: len(self.log.read(run)) >= count)
        found: list[str] = self.log.read(run)
        return found

    def waiting(self) -> list[str]:
        """Return the names of the tasks that wait, now and for later."""
        return [task.name for task in [*self.huey.pending(), *self.huey.scheduled()]]

    def says(self, text: str) -> bool:
        """Return whether the consumer has logged something."""
        return text in (self.folder / "consumer.log").read_text()

    def close(self) -> None:
        """Leave nothing behind."""
        self.huey.flush()
        if self._settings.storage == "redis":
            self.huey.storage.pool.disconnect()
        else:
            self.huey.storage.close()


@contextmanager
def open_process(process: Any) -> Iterator[None]:
    """Kill what is left of a consumer that a test gives up on."""
    try:
        yield
    except BaseException:
        if process.poll() is None:
            os.killpg(process.pid, 9)
        raise


@contextmanager
def watched(storage: str, folder: Path, scoped: bool = True) -> Iterator[Watched]:
    """Make a queue and leave nothing behind."""
    if storage == "redis":
        require_server(REDIS_URL)
    made = Watched(storage, folder, scoped)
    try:
        yield made
    finally:
        made.close()
