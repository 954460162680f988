"""The Huey of workers whose tasks are units of work, or are not; the same for who sends to it and for the worker.

What happens is written down in a folder, a file for each run, by whatever process it happens in.
"""

import json
import os
import time
from pathlib import Path
from typing import Any, NamedTuple

import huey
from huey.signals import SIGNAL_INTERRUPTED

import airlock
from airlock.integrations.huey import install
from huey_suites.queues import REDIS_URL

VARIABLE = "AIRLOCK_HUEY_WORKER"


class Settings(NamedTuple):
    """What such a Huey is like."""

    storage: str
    name: str
    folder: str
    scoped: bool


class Log:
    """What happens, as lines of files."""

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)

    def write(self, run: str, event: str) -> None:
        """Note what has happened; lines of several processes do not mix."""
        with (self._folder / run).open("a") as file:
            file.write(f"{event}\n")

    def read(self, run: str) -> list[str]:
        """Return what has happened, oldest first."""
        file = self._folder / run
        return file.read_text().splitlines() if file.exists() else []

    def go(self, run: str) -> None:
        """Let a task that waits go on."""
        (self._folder / f"{run}.go").touch()

    def wait(self, run: str) -> None:
        """Say that a task is in the middle of its work, and wait until the test lets it go on."""
        self.write(run, "waiting")
        until = time.monotonic() + 60
        while not (self._folder / f"{run}.go").exists():
            if time.monotonic() > until:
                raise TimeoutError(run)
            time.sleep(0.02)


def make_huey(settings: Settings) -> Any:
    """Return a Huey with its scopes, if it is to have them, and with the log in it."""
    if settings.storage == "sqlite":
        made: Any = huey.SqliteHuey(settings.name, filename=str(Path(settings.folder, "huey.db")), timeout=20)
    else:
        made = huey.PriorityRedisHuey(settings.name, url=REDIS_URL)
    made.log = Log(settings.folder)
    if settings.scoped:
        install(made)
    return made


def from_environment() -> Any:
    """Return the Huey that the environment says, in a worker."""
    airlock.configure(executor="huey")
    return make_huey(Settings(*json.loads(os.environ[VARIABLE])))


def enqueue_again(made: Any) -> None:
    """Have a Huey enqueue what was interrupted, as its documentation advises."""

    @made.signal(SIGNAL_INTERRUPTED)
    def interrupted(_: str, task: Any) -> None:
        made.log.write(task.args[0], "interrupted")
        made.enqueue(task)
