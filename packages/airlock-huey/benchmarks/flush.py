"""Measure a flush against the loop of calls that it replaces, on SQLite and on Redis.

On SQLite the loop waits for the disk once a message, and the flush once in all: the slower the disk, the better the
figure.
"""

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import huey
from flushing import Queue, Target, run

REDIS = os.environ.get("AIRLOCK_TEST_REDIS_URL", "redis://127.0.0.1:6390/0").rpartition("/")[0] + "/3"
CLASSES = {"redis": huey.RedisHuey, "priority-redis": huey.PriorityRedisHuey}
TARGETS = {
    "sqlite": Target.within_a_tenth(15),
    "redis": Target.within_a_tenth(4.8),
    "priority-redis": Target.within_a_tenth(4.8),
}


def job(order: int, user: int) -> None:
    """Do nothing."""


class HueyQueue(Queue):
    """The queue of a Huey."""

    executor = "huey"

    def __init__(self, name: str) -> None:
        self._folder = TemporaryDirectory()
        self._huey: Any
        if name == "sqlite":
            self._huey = huey.SqliteHuey("airlock-bench", filename=str(Path(self._folder.name, "huey.db")))
        else:
            self._huey = CLASSES[name]("airlock-bench", url=REDIS)
        self.task = self._huey.task()(job)

    def send(self, number: int) -> None:
        self.task(number, user=number)

    def arrived(self) -> int:
        return len(self._huey)

    def empty(self) -> None:
        self._huey.flush()

    def close(self) -> None:
        self._huey.storage.close()
        self._folder.cleanup()


if __name__ == "__main__":
    sys.exit(run(__doc__, TARGETS, HueyQueue))
