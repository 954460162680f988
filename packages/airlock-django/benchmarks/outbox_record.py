"""Measure what it adds to a transaction on PostgreSQL to record 1, 3, 10 and 100 intents in it.

The transaction writes one row of its own. Both are measured until the commit has been acknowledged, in turn, and what
is shown is the difference of the fastest of many rounds, so that a busy machine counts for little. The right-hand
figure has in it what the writer does after the commit as well: to send everything, to an executor that does nothing,
and to delete the entry.

It is measured with connections as Django makes them unless told otherwise, which send every statement as one text that
the server parses and plans, and with connections that keep prepared statements. The target is for the latter.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

import django
from _servers import NOT_RUN, server_of, settings_of
from django.conf import settings

TARGET = 200
SIZES = {1: True, 3: True, 10: False, 100: False}
"""How many intents a scope has, and whether the target is for that many."""
TOLERANCE = 1.15
CONNECTIONS: dict[str, dict[str, Any]] = {
    "default": {},
    "prepared": {"server_side_binding": True, "prepare_threshold": 0},
}
"""The options of each alias, both for the same database."""
MIRRORS = {"prepared": {"MIRROR": "default"}}


def nothing(intent: object) -> None:
    """Send nothing anywhere."""


def configure() -> bool:
    """Configure Django, and return whether PostgreSQL answers."""
    if server_of("postgres") is None:
        return False
    server = settings_of("postgres", f"airlock_record_{os.getpid()}", Path())
    # What the disk takes for a commit is the same with and without, and varies by more than what is measured.
    common = {"options": "-c synchronous_commit=off"}
    settings.configure(
        DATABASES={
            alias: server | {"OPTIONS": common | options, "TEST": MIRRORS.get(alias, server["TEST"])}
            for alias, options in CONNECTIONS.items()
        },
        INSTALLED_APPS=["airlock.integrations.django", "airlock.integrations.django.outbox"],
        SECRET_KEY="a key for benchmarks",
        AIRLOCK={"EXECUTOR": nothing, "OUTBOX": {}},
        USE_TZ=True,
    )
    django.setup()
    return True


@contextmanager
def database() -> Iterator[None]:
    """Make a database for the while."""
    from django.db import connection, connections
    from django.test.utils import setup_databases, teardown_databases

    made = setup_databases(verbosity=0, interactive=False)
    try:
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE bench_order (id bigserial PRIMARY KEY, customer bigint, note text)")
        yield
    finally:
        connections.close_all()
        teardown_databases(made, verbosity=0)


def task(number: int, text: str) -> None:
    """Do nothing."""


def transact(alias: str, intents: int) -> tuple[float, float]:
    """Return how many seconds a transaction takes until its commit is acknowledged, and until all is done."""
    from django.db import connections, transaction

    import airlock
    from airlock.integrations.django import DjangoScope

    committed: list[float] = []
    start = perf_counter()
    with transaction.atomic(using=alias):
        transaction.on_commit(lambda: committed.append(perf_counter()), using=alias)
        with DjangoScope(using=alias), connections[alias].cursor() as cursor:
            cursor.execute("INSERT INTO bench_order (customer, note) VALUES (%s, %s)", [7, "an order"])
            for number in range(intents):
                airlock.enqueue(task, number, f"order {number}")
    return committed[0] - start, perf_counter() - start


def measure(alias: str, intents: int, rounds: int) -> bool:
    """Print what recording adds, and return whether a target was missed."""
    times = [(transact(alias, 0), transact(alias, intents)) for _ in range(rounds)][10:]
    plain, recorded = min(less[0] for less, _ in times), min(more[0] for _, more in times)
    complete = min(more[1] for _, more in times) - min(less[1] for less, _ in times)
    added = (recorded - plain) * 1e6
    has_target = alias == "prepared" and SIZES[intents]
    missed = has_target and added > TARGET * TOLERANCE
    verdict = f"target {TARGET} us {'missed' if missed else 'met'}" if has_target else ""
    print(
        f"{alias:8} {intents:3} intents: {plain * 1e6:6.0f} us, recording adds {added:6.0f} us, and with sending "
        f"{complete * 1e6:6.0f} us  {verdict}".rstrip(),
        flush=True,
    )
    return missed


def main() -> int:
    """Return 0 if every target is reached within the tolerance."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1_500)
    rounds = parser.parse_args().rounds
    if not configure():
        print("PostgreSQL does not answer")
        return NOT_RUN
    from airlock.integrations.django.outbox import register

    register(task, name="bench.task")
    with database():
        missed = [
            measure(alias, intents, rounds if has_target else rounds // 3)
            for alias in CONNECTIONS
            for intents, has_target in SIZES.items()
        ]
    return 1 if any(missed) else 0


if __name__ == "__main__":
    sys.exit(main())
