"""Measure what a scope costs in a worker: tasks per second of a task that does nothing, without a scope and with one.

One worker, all in one process, works off blocks of messages to the one task and to the other in turn; the figure is the
median of the ratios, pair by pair. A clock of the process is read between the blocks, so that what else the machine
does is left out.
"""

import argparse
import os
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from itertools import pairwise
from pathlib import Path
from signal import SIGTERM, Signals
from statistics import median

import redis

NOT_RUN = 77
TARGET = 0.95
"""The tasks per second with a scope, as a part of those without."""

TOLERANCE = 0.9
PATIENCE = 300
"""Seconds that a worker may take for everything."""


class Stamps:
    """What a worker writes down in Redis: how long its process has worked, each time it is asked.

    Arguments:
        key: The list in Redis.
        database: The number of the database to use.
    """

    def __init__(self, key: str, database: int) -> None:
        self.key = key
        server = os.environ.get("AIRLOCK_TEST_REDIS_URL", "redis://127.0.0.1:6390/0").rpartition("/")[0]
        self.url = f"{server}/{database}"
        self.client = redis.Redis.from_url(self.url)

    def stamp(self) -> None:
        """Write down the time of this process."""
        self.client.rpush(self.key, repr(time.process_time()))

    def written(self) -> int:
        """Return how many there are."""
        return int(self.client.llen(self.key))

    def read(self) -> list[float]:
        """Return what was written down."""
        return [float(found) for found in self.client.lrange(self.key, 0, -1)]

    def forget(self, *patterns: str) -> None:
        """Leave nothing in Redis, nor what is called so."""
        self.client.delete(self.key)
        for pattern in patterns:
            for key in self.client.scan_iter(pattern):
                self.client.delete(key)


class Work(ABC):
    """A worker to measure, with a task without a scope and one with it.

    Attributes:
        stamps: What the worker writes its time down in.
    """

    stamps: Stamps

    @abstractmethod
    def send(self, with_scopes: bool, count: int) -> None:
        """Send a block of messages to one of the tasks, each with two integers."""

    @abstractmethod
    def begin(self, with_scopes: bool) -> None:
        """Send a message to a task that calls `stamps.stamp()`, before a block of that kind."""

    @abstractmethod
    def worker(self) -> AbstractContextManager["subprocess.Popen[bytes]"]:
        """Run the worker, in one process and one thread."""

    @abstractmethod
    def forget(self) -> None:
        """Leave nothing behind."""


@contextmanager
def worker_process(
    file: str, *arguments: str, stop: Signals = SIGTERM, **environment: str
) -> Generator["subprocess.Popen[bytes]", None, None]:
    """Run a worker that finds the module that `file` is.

    Arguments:
        file: The file of the benchmark.
        *arguments: What this Python is to run.
        stop: The signal that asks it to end.
        **environment: Variables that it gets besides those of this process.
    """
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=Path(file).parent,
        env=os.environ | {"PYTHONWARNINGS": "ignore"} | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.send_signal(stop)
        process.wait(20)


def blocks(work: Work, count: int, rounds: int) -> list[tuple[float, float]]:
    """Return how long a worker takes for a block without scopes and for one with them, pair by pair."""
    work.forget()
    # In turn, so that a worker that slows down in the course of time does so to both. The first two warm up.
    kinds = [True, False, *(number % 4 not in (0, 3) for number in range(2 * rounds))]
    for number, scoped in enumerate(kinds):
        work.begin(scoped)
        work.send(scoped, count // 10 if number < 2 else count)
    work.begin(False)
    with work.worker() as process:
        until = time.monotonic() + PATIENCE
        while work.stamps.written() <= len(kinds):
            if time.monotonic() > until or process.poll() is not None:
                raise AssertionError("the worker has not done its work")
            time.sleep(0.05)
    times = [after - before for before, after in pairwise(work.stamps.read())]
    work.forget()
    found = list(zip(kinds, times, strict=True))[2:]
    pairs = [dict(pair) for pair in zip(found[::2], found[1::2], strict=True)]
    return [(pair[False], pair[True]) for pair in pairs]


def run(doc: str | None, work: Work, count: int = 500, rounds: int = 12) -> int:
    """Return 0 if the target is reached within the tolerance, 77 if there is no Redis.

    Arguments:
        doc: What the program says of itself.
        work: What is measured.
        count: How many messages a block has by default; fewer where the worker is slow.
        rounds: How many pairs of blocks there are by default.
    """
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--count", type=int, default=count)
    parser.add_argument("--rounds", type=int, default=rounds)
    options = parser.parse_args()
    try:
        work.stamps.client.ping()
    except redis.RedisError as error:
        print(f"not run: {type(error).__name__}: {error}")
        return NOT_RUN
    ratios = [plain / scoped for plain, scoped in blocks(work, options.count, options.rounds)]
    figure = median(ratios)
    spread = median(abs(ratio - figure) for ratio in ratios)
    reached = figure >= TARGET * TOLERANCE
    verdict = "met" if reached else "missed"
    print(
        f"worker, empty task {options.count:>8,} tasks {figure:8.2f} x ±{spread:5.2f}   target {TARGET:g} x   {verdict}"
    )
    return 0 if reached else 1
