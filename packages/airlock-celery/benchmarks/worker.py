"""Measure what a scope costs in a worker: tasks per second of a task that does nothing, without and with `AirlockTask`.

One worker on Redis, all in one process, works off blocks of messages to the one task and to the other in turn; the
figure is the median of the ratios, pair by pair. A clock of the process is read between the blocks, so that what else
the machine does is left out.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import redis
from celery import Celery

from airlock.integrations.celery import AirlockTask

NOT_RUN = 77
QUEUE = "airlock-celery-bench-worker"
URL = os.environ.get("AIRLOCK_TEST_REDIS_URL", "redis://127.0.0.1:6390/0").rpartition("/")[0] + "/1"
TARGET = 0.95
"""The tasks per second with a scope, as a part of those without."""

TOLERANCE = 0.9

app = Celery("worker", broker=URL)
app.conf.update(
    broker_connection_retry_on_startup=True,
    broker_transport_options={"global_keyprefix": f"{QUEUE}:"},
    task_default_queue=QUEUE,
    task_ignore_result=True,
    worker_prefetch_multiplier=64,
)
client = redis.Redis.from_url(URL)


@app.task(name="bench.stamp")
def stamp() -> None:
    """Say how long the process has worked."""
    client.rpush(f"{QUEUE}:stamps", repr(time.process_time()))


@app.task(name="bench.plain")
def plain(order: int, user: int) -> None:
    """Do nothing."""


@app.task(name="bench.scoped", base=AirlockTask)
def scoped(order: int, user: int) -> None:
    """Do nothing, in a scope."""


def blocks(count: int, rounds: int) -> list[float]:
    """Return how long a worker takes for each block: plain, scoped, scoped, plain, plain and so on."""
    forget()
    kinds: list[Any] = [plain if number % 4 in (0, 3) else scoped for number in range(2 * rounds)]
    with app.producer_or_acquire() as producer:
        for task in [scoped, plain]:
            send(task, count // 10, producer)
        for task in kinds:
            stamp.apply_async(producer=producer)
            send(task, count, producer)
        stamp.apply_async(producer=producer)
    command = [sys.executable, "-m", "celery", "-A", "worker", "worker", "--loglevel", "ERROR", "--pool", "solo"]
    command += ["--queues", QUEUE, "--without-gossip", "--without-mingle", "--without-heartbeat"]
    process = subprocess.Popen(
        command,
        cwd=Path(__file__).parent,
        env=os.environ | {"PYTHONWARNINGS": "ignore"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + 300
        while client.llen(f"{QUEUE}:stamps") <= len(kinds):
            if time.monotonic() > until or process.poll() is not None:
                raise AssertionError("the worker has not done its work")
            time.sleep(0.05)
    finally:
        process.send_signal(signal.SIGQUIT)
        process.wait(20)
    stamps = [float(found) for found in client.lrange(f"{QUEUE}:stamps", 0, -1)]
    forget()
    return [after - before for before, after in pairwise(stamps)]


def send(task: Any, count: int, producer: Any) -> None:
    """Send a block."""
    for number in range(count):
        task.apply_async((number, number), producer=producer)


def forget() -> None:
    """Leave nothing in Redis."""
    for key in client.scan_iter(f"{QUEUE}:*"):
        client.delete(key)


def main() -> int:
    """Return 0 if the target is reached within the tolerance, 77 if there is no Redis."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=6)
    options = parser.parse_args()
    try:
        client.ping()
    except redis.RedisError as error:
        print(f"not run: {type(error).__name__}: {error}")
        return NOT_RUN
    times = blocks(options.count, options.rounds)
    ratios: list[float] = []
    for turn, (first, second) in enumerate(zip(times[::2], times[1::2], strict=True)):
        ratios.append(first / second if turn % 2 == 0 else second / first)
    figure = median(ratios)
    spread = median(abs(ratio - figure) for ratio in ratios)
    reached = figure >= TARGET * TOLERANCE
    verdict = "met" if reached else "missed"
    print(
        f"worker, empty task {options.count:>8,} tasks {figure:8.2f} x ±{spread:5.2f}   target {TARGET:g} x   {verdict}"
    )
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
