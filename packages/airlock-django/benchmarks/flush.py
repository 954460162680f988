"""Measure a flush against the loop of `task.enqueue()` that it replaces, on SQLite, on PostgreSQL and in memory.

Both sides enqueue the same number of tasks, in turn and in one process; each figure is the median of loop against
flush, pair by pair, so more is better. On SQLite the loop waits for the disk once a task, and the flush once in all:
the slower the disk, the better the figure. In memory, with Django's dummy, nothing can be saved, and what a flush costs
is seen.
"""

import argparse
import gc
import os
import sys
from collections.abc import Callable
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

import airlock

NOT_RUN = 77
DATABASE = "airlock_django_tasks_bench"
POSTGRES = urlsplit(os.environ.get("AIRLOCK_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5442/postgres"))
TARGETS = {"sqlite": 8.0, "postgresql": 5.0, "dummy": 0.8}
TOLERANCE = 0.9


class Router:
    """Sends the queue to the database that is measured."""

    alias = "sqlite"

    def db_for_read(self, model: object, **_: object) -> str:
        """Return where a model is."""
        return self.alias

    db_for_write = db_for_read


def set_up(folder: str, names: list[str]) -> None:
    """Configure Django, and make the databases and the table of the queue."""
    import django
    from django.conf import settings
    from django.core.management import call_command

    framework = "django.tasks" if django.VERSION >= (6, 0) else "django_tasks"
    databases: dict[str, Any] = {
        "default": {},
        "sqlite": {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{folder}/queue.sqlite3"},
    }
    if "postgresql" in names:
        databases["postgresql"] = make_postgresql()
    settings.configure(
        SECRET_KEY="only for benchmarks",
        USE_TZ=True,
        INSTALLED_APPS=["django_tasks_db"],
        MIGRATION_MODULES={"django_tasks_database": None},
        DATABASES=databases,
        DATABASE_ROUTERS=["__main__.Router"],
        TASKS={
            "default": {"BACKEND": "django_tasks_db.DatabaseBackend"},
            "dummy": {"BACKEND": f"{framework}.backends.dummy.DummyBackend"},
        },
    )
    django.setup()
    for alias in set(databases) - {"default"}:
        call_command("migrate", run_syncdb=True, verbosity=0, database=alias)


def make_postgresql() -> dict[str, Any]:
    """Make a database of our own, and return what Django has to know of it."""
    import psycopg

    with psycopg.connect(POSTGRES.geturl(), autocommit=True, connect_timeout=5) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchall():
            connection.execute(f"CREATE DATABASE {DATABASE}")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": DATABASE,
        "HOST": POSTGRES.hostname,
        "PORT": POSTGRES.port,
        "USER": POSTGRES.username,
        "PASSWORD": POSTGRES.password or "",
    }


def loop(task: Any, count: int) -> None:
    """Enqueue one by one, as code without airlock does."""
    for number in range(count):
        task.enqueue(number, user=number)


def flush(task: Any, count: int) -> None:
    """Enqueue in a scope and let it send."""
    with airlock.scope(executor="django-tasks"):
        for number in range(count):
            airlock.enqueue(task, number, user=number)


def empty(task: Any) -> int:
    """Empty the queue and return how many tasks were in it."""
    backend = task.get_backend()
    if hasattr(backend, "clear"):
        held = len(backend.results)
        backend.clear()
        return held
    from django_tasks_db.models import DBTaskResult

    return int(DBTaskResult.objects.all().delete()[0])


def seconds(work: Callable[[Any, int], None], task: Any, count: int) -> float:
    """Measure once, on an empty queue, and check that everything has arrived."""
    empty(task)
    gc.collect()
    start = perf_counter()
    work(task, count)
    duration = perf_counter() - start
    arrived = empty(task)
    if arrived != count:
        raise AssertionError(f"{arrived} of {count} tasks are on the queue")
    return duration


def measure(name: str, count: int, rounds: int) -> bool:
    """Print the line of one backend and return whether its target is reached."""
    from _tasks import task

    measured = task.using(backend="dummy") if name == "dummy" else task
    Router.alias = name
    for work in (loop, flush):
        seconds(work, measured, count // 20)
    ratios = [seconds(loop, measured, count) / seconds(flush, measured, count) for _ in range(rounds)]
    figure = median(ratios)
    spread = median(abs(ratio - figure) for ratio in ratios)
    target = TARGETS[name]
    reached = figure >= target * TOLERANCE
    verdict = "met" if reached else "missed"
    print(f"{name:12}{count:>8,} tasks {figure:8.2f} x ±{spread:5.2f}   target {target:g} x   {verdict}", flush=True)
    return reached


def main() -> int:
    """Return 0 if every target is reached within a tenth, 77 if something that is needed is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=TARGETS, default=[*TARGETS])
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        try:
            set_up(folder, options.only)
        except Exception as error:
            print(f"not run: {type(error).__name__}: {error}")
            return NOT_RUN
        reached = [measure(name, options.count, options.rounds) for name in options.only]
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main())
