"""The rows about the core.

The floor is the least that buffering calls can cost in Python: a plain loop that appends `(task, (i,), {"user": i})` to
a list. It appends 100,000 of them, with the garbage collector on, and what it built is freed before the clock stops.
A shorter loop would get memory that is still hot in the cache and would hardly ever meet the collector; that flatters
the floor more than the library, and no real program buffers the same ten calls over and over.
"""

from collections.abc import Callable
from contextlib import ExitStack
from contextvars import Context
from typing import Any

from measuring import BYTES, MILLISECONDS, Row, Work, bytes_each, seconds, seconds_in_a_fresh_interpreter

import airlock
from airlock.integrations.executors.sync import sync_executor

COUNT = 100_000
CAPTURED = 20_000
HELD = 20_000
STANDARD = "typing, functools, contextvars"

Call = tuple[Callable[..., object], tuple[Any, ...], dict[str, Any]]


def task(order: int, user: int) -> None:
    """Do nothing, so that calling it hides as little as possible."""


def append() -> list[Call]:
    """Be the floor."""
    calls: list[Call] = []
    for i in range(COUNT):
        calls.append((task, (i,), {"user": i}))  # noqa: PERF401 - a comprehension is not what `enqueue()` replaces
    return calls


def append_and_call() -> None:
    """Make every call that the floor has appended."""
    for function, args, kwargs in append():
        function(*args, **kwargs)


def enqueue_and_discard() -> None:
    """Do what the floor does, in a scope that is discarded."""
    scope = airlock.scope().enter()
    for i in range(COUNT):
        airlock.enqueue(task, i, user=i)
    scope.exit()
    scope.discard()


def enqueue_and_drop() -> None:
    """Do what the floor does, in a scope whose policy drops every intent when it flushes."""
    with airlock.scope(policy=airlock.DropAll()):
        for i in range(COUNT):
            airlock.enqueue(task, i, user=i)


def enqueue_and_flush() -> None:
    """Do what the floor does, in a scope that makes every call when it ends."""
    with airlock.scope(executor=sync_executor):
        for i in range(COUNT):
            airlock.enqueue(task, i, user=i)


def empty_scopes() -> None:
    """Open and close as many scopes as the floor appends."""
    for _ in range(COUNT):
        with airlock.scope():
            pass


def captured_through(levels: int) -> Callable[[], None]:
    """Return the work of enqueueing in a scope with so many scopes around it, and of reading what the outermost got.

    Reading is part of it: a capture that only put work off until somebody looks would seem free otherwise.
    """

    def work() -> None:
        outermost = airlock.scope().enter()
        with ExitStack() as stack:
            for _ in range(levels):
                stack.enter_context(airlock.scope())
            for i in range(CAPTURED):
                airlock.enqueue(task, i, user=i)
        outermost.exit()
        if len(outermost.captured_intents) != CAPTURED:
            raise AssertionError("the outermost scope has not captured everything")
        outermost.discard()

    return work


def hold_arguments(count: int) -> Work:
    """Return the work of holding what every buffer of calls holds: the arguments, as Python hands them over.

    The list is made beforehand, since its slots are what a buffer costs and no part of the arguments.
    """
    held: list[object] = [None] * (2 * count)

    def arguments(*args: object, **kwargs: object) -> tuple[object, object]:
        return args, kwargs

    def work() -> None:
        for i in range(count):
            held[2 * i : 2 * i + 2] = arguments(i, user=i)

    return work


def hold_intents(count: int) -> Work:
    """Return the work of buffering intents in a scope that is still open when their memory is measured."""

    def fill() -> airlock.Scope:
        scope = airlock.scope().enter()
        for i in range(count):
            airlock.enqueue(task, i, user=i)
        return scope

    # A scope that is never left must not be around the next one.
    return lambda: Context().run(fill)


ROWS = (
    Row(
        "enqueue",
        "enqueue() in a plain scope, buffered and dropped",
        "append",
        floor=seconds(append),
        subject=seconds(enqueue_and_discard),
        target=2.5,
    ),
    Row(
        "drop-all",
        "the same, dropped by the policy DropAll",
        "append",
        floor=seconds(append),
        subject=seconds(enqueue_and_drop),
    ),
    Row(
        "sync",
        "enqueue() and flush through sync",
        "append and call",
        floor=seconds(append_and_call),
        subject=seconds(enqueue_and_flush),
        target=2.2,
    ),
    Row(
        "scope",
        "an empty `with airlock.scope()`",
        "one append",
        floor=seconds(append),
        subject=seconds(empty_scopes),
        target=2.2,
    ),
    Row(
        "capture",
        f"{CAPTURED:,} intents captured through 50 levels",
        "through 1 level",
        floor=seconds(captured_through(1)),
        subject=seconds(captured_through(50)),
        target=1.25,
    ),
    Row(
        "import",
        "import airlock",
        f"import {STANDARD}",
        floor=seconds_in_a_fresh_interpreter(f"import {STANDARD}"),
        subject=seconds_in_a_fresh_interpreter("import airlock"),
        comparison=MILLISECONDS,
        target=6,
    ),
    Row(
        "memory",
        "memory an intent takes",
        "its args and kwargs",
        floor=bytes_each(hold_arguments(HELD), HELD),
        subject=bytes_each(hold_intents(HELD), HELD),
        comparison=BYTES,
        target=112,
    ),
)
