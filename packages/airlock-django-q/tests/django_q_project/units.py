"""Tasks as units of work: each enqueues an effect, and then something becomes of it."""

import os
import signal
import sys
import time
from typing import Any

from django_q.tasks import async_task

import airlock
from django_q_project.settings import FOLDER

UNITS = FOLDER / "units"


def record(run: str, event: str, *_: Any) -> None:
    """Happen, and write it down; the test reads it."""
    UNITS.mkdir(exist_ok=True)
    with (UNITS / run).open("a") as file:
        file.write(f"{event}\n")


def events(run: str) -> list[str]:
    """Return what has happened, oldest first."""
    file = UNITS / run
    return file.read_text().splitlines() if file.exists() else []


def attempt(run: str) -> int:
    """Write down that an attempt begins, enqueue its effect, and return its number."""
    number = sum(event.startswith("attempt") for event in events(run)) + 1
    record(run, f"attempt {number}")
    airlock.enqueue(record, run, f"effect of {number}")
    return number


def succeed(run: str) -> str:
    airlock.enqueue(record, run, "effect")
    airlock.enqueue(record, run, "second effect")
    return "done"


def crash(run: str) -> None:
    airlock.enqueue(record, run, "effect")
    raise RuntimeError("as asked")


def slow(run: str) -> None:
    airlock.enqueue(record, run, "effect")
    record(run, "started")
    time.sleep(600)


def bad_effect(run: str) -> str:
    airlock.enqueue(record, run, "effect")
    airlock.enqueue(record, run, lambda: "cannot be pickled")
    return "never returned"


def leak(run: str) -> None:
    airlock.enqueue(record, run, "effect")
    # On purpose: a scope, and no `with`.
    airlock.scope().enter()
    airlock.enqueue(record, run, "swallowed")


def fan_out(run: str) -> None:
    for name in ("first", "second", "third"):
        airlock.enqueue(record, run, name)


def calls_by_hand(run: str) -> None:
    succeed(run)
    record(run, "called")


def calls_by_hand_and_fails(run: str) -> None:
    calls_by_hand(run)
    raise RuntimeError("as asked")


def calls_sync(run: str) -> None:
    async_task(f"{__name__}.succeed", run, sync=True)
    record(run, "called")


def calls_sync_and_fails(run: str) -> None:
    calls_sync(run)
    raise RuntimeError("as asked")


def calls_what_fails(run: str) -> None:
    try:
        async_task(f"{__name__}.crash", run, sync=True)
    except RuntimeError:
        airlock.enqueue(record, run, "given up")


def fail_first(run: str) -> None:
    if attempt(run) == 1:
        raise RuntimeError("as asked")


def flush_fails_first(run: str) -> None:
    if attempt(run) == 1:
        airlock.enqueue(record, run, lambda: "cannot be pickled")


def exit_first(run: str) -> None:
    if attempt(run) == 1:
        sys.exit("as asked")


def die_first(run: str) -> None:
    if attempt(run) == 1:
        os.kill(os.getpid(), signal.SIGKILL)


def wait(run: str) -> None:
    """Wait until the test lets it go on."""
    attempt(run)
    until = time.monotonic() + 60
    while not (UNITS / f"{run}-go").exists():
        if time.monotonic() > until:
            raise TimeoutError(run)
        time.sleep(0.02)


def hooked(task: Any) -> None:
    """Be a hook that enqueues, without a scope of its own."""
    airlock.enqueue(record, task.args[0], "effect of the hook")


@airlock.scoped()
def hooked_in_a_scope(task: Any) -> None:
    """Be a hook that is a unit of work."""
    airlock.enqueue(record, task.args[0], f"effect of the hook of {task.result}")


def add(*numbers: int) -> int:
    return sum(numbers)
