"""Tasks as units of work: each enqueues an effect, and then something becomes of it."""

import sys
import time
from typing import Any

from django.db import transaction
from django_project.models import Entry
from django_project.settings import FOLDER

import airlock
from django_tasks_suites.tasks import task

UNITS = FOLDER / "units"


def note(run: str, event: str) -> None:
    """Write down what has happened; the test reads it."""
    UNITS.mkdir(exist_ok=True)
    with (UNITS / run).open("a") as file:
        file.write(f"{event}\n")


def events(run: str) -> list[str]:
    """Return what has happened, oldest first."""
    file = UNITS / run
    return file.read_text().splitlines() if file.exists() else []


@task(backend="database")
def record(run: str, event: Any) -> None:
    """Happen."""
    note(run, event)


@task(backend="database")
def succeed(run: str) -> str:
    airlock.enqueue(record, run, "effect")
    airlock.enqueue(record, run, "second effect")
    return "done"


@task(backend="database")
def crash(run: str) -> None:
    airlock.enqueue(record, run, "effect")
    raise RuntimeError("as asked")


@task(backend="database")
def leave(run: str) -> None:
    airlock.enqueue(record, run, "effect")
    sys.exit("as asked")


@task(backend="database")
def bad_result(run: str) -> object:
    airlock.enqueue(record, run, "effect")
    return object()


@task(backend="database")
def bad_effect(run: str) -> str:
    airlock.enqueue(record, run, "effect")
    airlock.enqueue(record, run, object())
    return "never returned"


@task(backend="database")
def bad_effect_after_a_commit(run: str) -> None:
    with transaction.atomic():
        airlock.enqueue(record, run, "effect")
        airlock.enqueue(record, run, object())
        airlock.enqueue(record, run, "last effect")


@task(backend="database")
def leak(run: str) -> None:
    airlock.enqueue(record, run, "effect")
    # On purpose: a scope, and no `with`.
    airlock.scope().enter()
    airlock.enqueue(record, run, "swallowed")


@task(backend="database")
def leak_and_crash(run: str) -> None:
    leak.func(run)
    raise RuntimeError("as asked")


@task(backend="database")
def fan_out(run: str) -> None:
    for name in ("first", "second", "third"):
        airlock.enqueue(record, run, name)


@task(backend="database")
def rolled_back(run: str) -> None:
    try:
        with transaction.atomic():
            Entry.objects.create(text=run)
            airlock.enqueue(record, run, "effect")
            raise RuntimeError("as asked")
    except RuntimeError:
        airlock.enqueue(record, run, "given up")


@task(backend="database")
def in_a_transaction(run: str) -> None:
    with transaction.atomic():
        Entry.objects.create(text=run)
        airlock.enqueue(record, run, "effect")


@task(backend="database")
def calls_by_hand(run: str) -> None:
    succeed.call(run)
    note(run, "called")


@task(backend="database")
def calls_by_hand_and_fails(run: str) -> None:
    calls_by_hand.call(run)
    raise RuntimeError("as asked")


@task(backend="database")
def runs_at_once(run: str) -> None:
    immediate(succeed).enqueue(run)
    note(run, "called")


@task(backend="database")
def runs_at_once_and_fails(run: str) -> None:
    runs_at_once.call(run)
    raise RuntimeError("as asked")


@task(backend="database")
def runs_what_fails(run: str) -> None:
    result = immediate(crash).enqueue(run)
    airlock.enqueue(record, run, f"it has {result.status}")


@task(backend="database")
async def asynchronous(run: str) -> None:
    airlock.enqueue(record, run, "effect")


@task(backend="database", takes_context=True)
def with_context(context: Any, run: str) -> None:
    airlock.enqueue(record, run, f"effect of {context.attempt}")


@task(backend="database")
def wait(run: str) -> None:
    """Wait until the test lets it go on."""
    airlock.enqueue(record, run, "effect")
    note(run, "waiting")
    until = time.monotonic() + 60
    while not (UNITS / f"{run}-go").exists():
        if time.monotonic() > until:
            raise TimeoutError(run)
        time.sleep(0.02)


@task(backend="database")
def last(run: str) -> None:
    """Come after everything that was sent before to one worker."""


def immediate(of: Any) -> Any:
    """Return a task that runs where it is enqueued."""
    return of.using(backend="default")
