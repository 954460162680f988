"""Measure what it costs to follow transactions, on SQLite in memory.

Times are microseconds: by how much the fastest of many rounds is slower than the fastest without, the two in turn, so
that a busy machine counts for little. What is to be proportional is measured as a ratio instead: twice the intents and
twice the savepoints may take twice as long, and not four times.
"""

import argparse
import gc
import sys
from collections.abc import Callable
from statistics import median
from time import process_time

import django
from django.conf import settings

settings.configure(DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}})
django.setup()

from django.db import connection, transaction  # noqa: E402 (Django is to be configured first)

import airlock  # noqa: E402
from airlock.integrations.django import DjangoScope  # noqa: E402

ENQUEUE, QUERY, DOUBLED = 1.2, 0.7, 2.6
TOLERANCE = 1.15


class Undo(Exception):
    """Ends a block that is to be rolled back."""


def task(number: int) -> None:
    """Do nothing."""


def scope() -> DjangoScope:
    """Return a scope that sends nothing, so that nothing but the buffering is measured."""
    return DjangoScope(policy=airlock.DropAll())


def enqueue(count: int) -> float:
    """Return how long so many intents take."""
    start = process_time()
    for number in range(count):
        airlock.enqueue(task, number)
    return process_time() - start


def outside(count: int) -> float:
    """Enqueue in autocommit."""
    with scope():
        return enqueue(count)


def inside(count: int) -> float:
    """Enqueue in a transaction."""
    with scope(), transaction.atomic():
        return enqueue(count)


def query(count: int, tracked: bool) -> float:
    """Run queries in a transaction, with an intent in it or without."""
    with scope(), transaction.atomic(), connection.cursor() as cursor:
        if tracked:
            airlock.enqueue(task, 0)
        start = process_time()
        for _ in range(count):
            cursor.execute("SELECT 1 AS one, 2 AS two, 3 AS three WHERE 1 = 1")
        return process_time() - start


def difference(more: Callable[[int], float], less: Callable[[int], float], count: int, rounds: int) -> float:
    """Return by how many microseconds a step of the one is slower than a step of the other."""
    times = [(more(count), less(count)) for _ in range(rounds)]
    return (min(slower for slower, _ in times) - min(faster for _, faster in times)) / count * 1e6


def undo(intents: int, savepoints: int) -> float:
    """Enqueue, and roll back to savepoints one after the other; check that one hook was enough."""
    gc.collect()
    with scope(), transaction.atomic():
        start = process_time()
        enqueue(intents)
        for _ in range(savepoints):
            try:
                with transaction.atomic():
                    airlock.enqueue(task, 0)
                    raise Undo
            except Undo:
                pass
        duration = process_time() - start
        hooks = len(connection.run_on_commit)
    if hooks != 1:
        raise AssertionError(f"{hooks} hooks wait for the commit")
    return duration


def show(name: str, figure: float, unit: str, target: float) -> bool:
    """Print a line and return whether the target is reached."""
    reached = figure <= target * TOLERANCE
    print(f"{name:52}{figure:7.2f} {unit:3} target {target:g} {unit:3} {'met' if reached else 'missed'}", flush=True)
    return reached


def main() -> int:
    """Return 0 if every target is reached within the tolerance."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=150)
    options = parser.parse_args()
    count, rounds = options.count, options.rounds
    connection.ensure_connection()
    gc.disable()
    reached = [
        show(
            "enqueue inside a transaction, more than outside", difference(inside, outside, count, rounds), "us", ENQUEUE
        ),
        show(
            "a query in a transaction with an intent, more",
            difference(lambda size: query(size, True), lambda size: query(size, False), count, rounds),
            "us",
            QUERY,
        ),
        show(
            "10,000 intents and 1,000 savepoints, both doubled",
            median(undo(20_000, 2_000) / undo(10_000, 1_000) for _ in range(rounds // 15)),
            "x",
            DOUBLED,
        ),
    ]
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main())
