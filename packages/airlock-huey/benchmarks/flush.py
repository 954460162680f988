"""Measure a flush against the loop of calls that it replaces, on SQLite and on Redis.

Both sides put the same number of messages on the same queue, in turn and in one process; each figure is the median of
loop against flush, pair by pair, so more is better. On SQLite the loop waits for the disk once a message, and the flush
once in all: the slower the disk, the better the figure.
"""

import argparse
import gc
import os
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import huey

import airlock

NOT_RUN = 77
REDIS = os.environ.get("AIRLOCK_TEST_REDIS_URL", "redis://127.0.0.1:6390/0").rpartition("/")[0] + "/3"
TARGETS = {"sqlite": 15.0, "redis": 4.8, "priority-redis": 4.8}
TOLERANCE = 0.9


def make_queue(name: str, folder: str) -> Any:
    """Return a Huey on that storage."""
    if name == "sqlite":
        return huey.SqliteHuey("airlock-bench", filename=str(Path(folder, "huey.db")))
    return (huey.RedisHuey if name == "redis" else huey.PriorityRedisHuey)("airlock-bench", url=REDIS)


def loop(task: Any, count: int) -> None:
    """Send one by one, as code without airlock does."""
    for number in range(count):
        task(number, user=number)


def flush(task: Any, count: int) -> None:
    """Enqueue in a scope and let it send."""
    with airlock.scope(executor="huey"):
        for number in range(count):
            airlock.enqueue(task, number, user=number)


def seconds(work: Callable[[Any, int], None], task: Any, count: int) -> float:
    """Measure once, on an empty queue, and check that everything has arrived."""
    task.huey.flush()
    gc.collect()
    start = perf_counter()
    work(task, count)
    duration = perf_counter() - start
    if len(task.huey) != count:
        raise AssertionError(f"{len(task.huey)} of {count} messages are on the queue")
    task.huey.flush()
    return duration


def measure(name: str, queue: Any, count: int, rounds: int) -> bool:
    """Print the line of one storage and return whether its target is reached."""

    def task(order: int, user: int) -> None:
        """Do nothing."""

    sent = queue.task()(task)
    ratios: list[float] = []
    for turn in range(rounds + 1):
        size = count if turn else count // 20
        ratio = seconds(loop, sent, size) / seconds(flush, sent, size)
        ratios += [ratio] * bool(turn)
    figure = median(ratios)
    spread = median(abs(ratio - figure) for ratio in ratios)
    target = TARGETS[name]
    reached = figure >= target * TOLERANCE
    verdict = "met" if reached else "missed"
    print(f"{name:18}{count:>8,} messages {figure:8.2f} x ±{spread:5.2f}   target {target:g} x   {verdict}", flush=True)
    return reached


def main() -> int:
    """Return 0 if every target is reached within the tolerance, 77 if something that is needed is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=TARGETS, default=[*TARGETS])
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        queues: dict[str, Any] = {}
        for name in options.only:
            try:
                queues[name] = make_queue(name, folder)
                queues[name].pending_count()
            except Exception as error:
                print(f"not run: {name}: {type(error).__name__}: {error}")
                return NOT_RUN
        reached = [measure(name, queue, options.count, options.rounds) for name, queue in queues.items()]
        for queue in queues.values():
            queue.storage.close()
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main())
