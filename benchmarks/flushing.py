"""Measure a flush against the loop of single sends that it replaces.

Both sides put the same number of messages on the same queue, in turn and in one process; each figure is the median of
loop against flush, pair by pair, so more is better.
"""

import argparse
import gc
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median
from time import monotonic, perf_counter
from typing import Any, ClassVar

import airlock

NOT_RUN = 77
ARRIVAL = 10
"""Seconds that messages may take to arrive where nothing confirms them."""


@dataclass(frozen=True)
class Target:
    """How many times faster than the loop a flush is meant to be, and has to be at least."""

    figure: float
    at_least: float

    @classmethod
    def within_a_tenth(cls, figure: float) -> "Target":
        """Return a target that counts as reached within a tenth of it."""
        return cls(figure, figure * 0.9)

    @classmethod
    def not_slower(cls) -> "Target":
        """Return the target of a flush that has nothing to gain: slower by a twentieth at most."""
        return cls(1.0, 1 / 1.05)


class Queue(ABC):
    """A queue to measure on.

    Attributes:
        executor: The name of the executor to flush with.
        task: What both sides send.
        share: How much of the number of messages to measure with, where a loop would take too long.
    """

    executor: ClassVar[str]
    task: Any
    share: float = 1

    @abstractmethod
    def send(self, number: int) -> None:
        """Send one message, as code without airlock does, with the arguments `number` and `user=number`."""

    @abstractmethod
    def arrived(self) -> int:
        """Return how many messages are on the queue."""

    @abstractmethod
    def empty(self) -> None:
        """Empty the queue."""

    def close(self) -> None:  # noqa: B027 (most queues leave nothing)
        """Leave nothing behind."""


def loop(queue: Queue, count: int) -> None:
    """Send one by one."""
    send = queue.send
    for number in range(count):
        send(number)


def flush(queue: Queue, count: int) -> None:
    """Enqueue in a scope and let it send."""
    task = queue.task
    with airlock.scope(executor=queue.executor):
        for number in range(count):
            airlock.enqueue(task, number, user=number)


def seconds(work: Callable[[Queue, int], None], queue: Queue, count: int) -> float:
    """Measure once, on an empty queue, and check that everything has arrived."""
    queue.empty()
    gc.collect()
    start = perf_counter()
    work(queue, count)
    duration = perf_counter() - start
    deadline = monotonic() + ARRIVAL
    while (arrived := queue.arrived()) != count:
        if monotonic() > deadline:
            raise AssertionError(f"{arrived} of {count} messages are on the queue")
    queue.empty()
    return duration


def measure(name: str, queue: Queue, target: Target, count: int, rounds: int) -> bool:
    """Print the line of one queue and return whether its target is reached."""
    count = int(count * queue.share)
    for work in (loop, flush):
        seconds(work, queue, count // 20)
    ratios = [seconds(loop, queue, count) / seconds(flush, queue, count) for _ in range(rounds)]
    figure = median(ratios)
    spread = median(abs(ratio - figure) for ratio in ratios)
    reached = figure >= target.at_least
    verdict = "met" if reached else "missed"
    print(
        f"{name:18}{count:>8,} messages {figure:8.2f} x ±{spread:5.2f}   target {target.figure:g} x   {verdict}",
        flush=True,
    )
    return reached


def run(
    description: str | None,
    targets: dict[str, Target],
    opened: Callable[[str], Queue],
    *,
    count: int = 10_000,
    rounds: int = 5,
) -> int:
    """Return 0 if every target is reached, 1 if one is not, 77 if something that is needed is missing.

    Arguments:
        description: What the program does, for its help.
        targets: The names of the queues, and what is to be reached on each.
        opened: Returns the queue of a name, ready for use; whatever it raises means that it is not there.
        count: How many messages to measure with.
        rounds: How many pairs of loop and flush.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--count", type=int, default=count)
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--only", nargs="+", choices=targets, default=[*targets])
    options = parser.parse_args()
    with ExitStack() as stack:
        queues: dict[str, Queue] = {}
        for name in options.only:
            try:
                queues[name] = opened(name)
                stack.callback(queues[name].close)
                queues[name].empty()
            except Exception as error:
                print(f"not run: {name}: {type(error).__name__}: {error}")
                return NOT_RUN
        reached = [measure(name, queue, targets[name], options.count, options.rounds) for name, queue in queues.items()]
    return 0 if all(reached) else 1
