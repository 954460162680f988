"""Compare the outbox with `django-celery-outbox` and `django-reliable-outbox`, on one PostgreSQL and in one run.

Each records as its documentation shows it, so many messages beside one row in one transaction, and each drains with its
own relay as it is configured by default: to Celery on Redis, and to something that does nothing where it can do that.
What is shown are ratios: how much more time than here recording adds to a transaction, and how much slower it drains.
The three need an environment of their own:

    uv run --no-project --python 3.13 --with-requirements packages/airlock-django/benchmarks/outbox_peers.txt
        --with ./packages/airlock-core --with ./packages/airlock-celery --with ./packages/airlock-django
        packages/airlock-django/benchmarks/outbox_peers.py
"""

import argparse
import logging
import os
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import Any

import django
from _servers import NOT_RUN, server_of, settings_of
from django.conf import settings

SIZES = (1, 3, 10, 100)
NAME = f"airlock_peers_{os.getpid()}"
NEEDED = ("celery", "redis", "django_celery_outbox", "reliable_outbox", "airlock.integrations.celery")


def nothing(intent: object) -> None:
    """Send nothing anywhere."""


def idle(number: int, text: str) -> None:
    """Do nothing."""


class Ours:
    """airlock: one scope in each transaction, and no attempt of the writer's own."""

    name = "airlock"

    def __init__(self, url: str) -> None:
        from airlock.integrations.django.outbox import register

        app = import_module("celery").Celery("ours", broker=url, task_ignore_result=True)
        app.conf.task_default_queue = NAME
        self.app = app
        self.tasks = {"celery": app.task(name="ours.task")(idle), "nothing": register(idle, name="ours.idle")}

    def record(self, count: int, to: str) -> None:
        """Record messages in the transaction that is open."""
        import airlock

        task = self.tasks[to]
        executor = nothing if to == "nothing" else "celery"
        with airlock.scope(executor=executor):
            for number in range(count):
                airlock.enqueue(task, number, f"order {number}")

    def drain(self) -> None:
        """Send all of them."""
        from airlock.integrations.django.outbox._relay import Relay
        from airlock.integrations.django.outbox._settings import required_settings
        from airlock.integrations.django.outbox._signals import Stopping

        stopping = Stopping()
        Relay("default", required_settings(), once=True, stopping=stopping).run()
        stopping.close()


class CeleryOutbox:
    """django-celery-outbox: an app whose tasks write a row when they are sent. It knows nothing but Celery."""

    name = "django-celery-outbox"

    def __init__(self, url: str) -> None:
        peer: Any = import_module("django_celery_outbox")
        structlog: Any = import_module("structlog")
        # It writes a line for each message otherwise.
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
        self.app = peer.OutboxCelery("theirs", broker=url, set_as_current=False)
        self.app.conf.update(task_default_queue=NAME, task_ignore_result=True)
        self.task = self.app.task(name="theirs.task")(idle)
        self.left = 0
        import_module("django_celery_outbox.signals").outbox_message_sent.connect(self._count)

    def record(self, count: int, to: str) -> None:
        """Record messages in the transaction that is open."""
        for number in range(count):
            self.task.delay(number, f"order {number}")

    def drain(self) -> None:
        """Send all of them; its relay ends when it is told to."""
        peer: Any = import_module("django_celery_outbox.relay")
        self.left = import_module("django_celery_outbox.models").CeleryOutbox.objects.count()
        peer.Relay(app=self.app, config=peer.RelayConfig.init()).start()

    def _count(self, **_: object) -> None:
        self.left -= 1
        if not self.left:
            os.kill(os.getpid(), signal.SIGTERM)


class ReliableOutbox:
    """django-reliable-outbox: jobs that run in its own worker; one that sends to Celery hands its arguments on."""

    name = "django-reliable-outbox"

    def __init__(self, url: str) -> None:
        peer: Any = import_module("reliable_outbox")
        app = import_module("celery").Celery("reliable", broker=url, task_ignore_result=True, set_as_current=False)
        app.conf.task_default_queue = NAME
        task = app.task(name="reliable.task")(idle)

        def hand_on(number: int, text: str) -> None:
            task.delay(number, text)

        self.jobs = {
            "nothing": peer.job(name="reliable.idle")(idle),
            "celery": peer.job(name="reliable.hand_on")(hand_on),
        }

    def record(self, count: int, to: str) -> None:
        """Record messages in the transaction that is open."""
        for number in range(count):
            self.jobs[to].enqueue(number, f"order {number}")

    def drain(self) -> None:
        """Send all of them."""
        import_module("reliable_outbox.worker").Worker(name="bench").run(burst=True)


def configure() -> None:
    """Configure Django with the tables of all three."""
    settings.configure(
        DATABASES={"default": settings_of("postgres", NAME, Path())},
        INSTALLED_APPS=[
            "airlock.integrations.django",
            "airlock.integrations.django.outbox",
            "django_celery_outbox",
            "reliable_outbox",
        ],
        SECRET_KEY="a key for benchmarks",
        AIRLOCK={"EXECUTOR": "celery", "OUTBOX": {"BUDGET": 0, "EXECUTORS": {"nothing": nothing}}},
        USE_TZ=True,
        LOGGING_CONFIG=None,
    )
    django.setup()
    logging.disable(logging.WARNING)


def transact(record: Callable[[], None]) -> float:
    """Return how many seconds a transaction takes that writes one row, and records, until all is done."""
    from django.db import connection, transaction

    start = perf_counter()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO bench_order (customer, note) VALUES (7, 'an order')")
        record()
    return perf_counter() - start


def measure_recording(subjects: list[Any], rounds: int) -> None:
    """Print how much recording adds, as ratios to what it adds here."""
    from django.db import connection

    print("recording, time added to a transaction")
    for size in SIZES:
        runs = max(20, rounds // size)
        plain: list[float] = []
        taken: dict[str, list[float]] = {subject.name: [] for subject in subjects}
        for _ in range(runs):
            plain.append(transact(lambda: None))
            for subject in subjects:
                taken[subject.name].append(transact(lambda: subject.record(size, "celery")))  # noqa: B023
        added = {name: min(times[5:]) - min(plain[5:]) for name, times in taken.items()}
        show(size, added, f"which is {added['airlock'] / min(plain[5:]):.2f} of the transaction without")
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {', '.join(tables())}")


def tables() -> list[str]:
    """Return the tables that hold messages."""
    from django.apps import apps

    names = ("airlock_outbox.OutboxEntry", "django_celery_outbox.CeleryOutbox", "reliable_outbox.OutboxMessage")
    return [f'"{apps.get_model(name)._meta.db_table}"' for name in names]


def measure_draining(subjects: list[Any], messages: int, to: str) -> None:
    """Print how long draining takes, as ratios to what it takes here."""
    from django.db import connection, transaction

    print(f"draining to {to}, time for each message")
    for size in SIZES:
        taken: dict[str, float] = {}
        for subject in subjects:
            best = float("inf")
            for _ in range(2):
                for _ in range(messages // size):
                    with transaction.atomic():
                        subject.record(size, to)
                with connection.cursor() as cursor:
                    cursor.execute("ANALYZE")
                start = perf_counter()
                subject.drain()
                best = min(best, perf_counter() - start)
            taken[subject.name] = best / (messages // size * size)
        show(size, taken, f"{1 / taken['airlock']:,.0f} messages a second")


def show(size: int, figures: dict[str, float], more: str) -> None:
    """Print figures as ratios to ours."""
    ratios = "  ".join(f"{name} {figure / figures['airlock']:6.1f}x" for name, figure in figures.items())
    print(f"  {size:3} in a transaction: {ratios}  (airlock: {more})", flush=True)


def main() -> int:
    """Return 0: there is no target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--messages", type=int, default=1_000)
    options = parser.parse_args()
    try:
        missing = [name for name in NEEDED if find_spec(name) is None]
    except ModuleNotFoundError as error:
        missing = [str(error.name)]
    if missing or server_of("postgres") is None:
        print(f"not measured: {', '.join(missing) or 'PostgreSQL'} is missing; the top of the file says how to run it")
        return NOT_RUN
    configure()
    from django.db import connection
    from django.test.utils import setup_databases, teardown_databases

    url = os.environ.get("AIRLOCK_TEST_REDIS_URL", "redis://127.0.0.1:6390/0")
    subjects = [Ours(url), CeleryOutbox(url), ReliableOutbox(url)]
    made = setup_databases(verbosity=0, interactive=False)
    try:
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE bench_order (id bigserial PRIMARY KEY, customer bigint, note text)")
        measure_recording(subjects, options.rounds)
        measure_draining(subjects, options.messages, "celery")
        measure_draining([subjects[0], subjects[2]], options.messages, "nothing")
    finally:
        teardown_databases(made, verbosity=0)
        with subjects[0].app.connection_for_write() as broker:
            broker.default_channel.queue_purge(NAME)
    return 0


if __name__ == "__main__":
    sys.exit(main())
