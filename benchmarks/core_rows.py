"""The rows about the core.

The floor is the least that buffering a call costs in Python: a plain loop that appends `(task, (i,), {"user": i})` to a
list, 100,000 times, with the garbage collector on as in any program, and what it has built is freed before the clock
stops. The subject does the same with `airlock.enqueue(task, i, user=i)`.

Both allocate, so the length of the loop decides what the floor costs. Where it is short the memory is reused while it
is hot in the cache and the collector hardly runs, so the floor is many times cheaper there, and the same few hundred
nanoseconds of the library are a larger multiple of it. The targets are for the long loop; the rows without a target
show the short one.
"""

from collections.abc import Callable
from contextlib import ExitStack
from contextvars import Context
from typing import Any

from measuring import BYTES, MILLISECONDS, Row, Work, bytes_each, seconds, seconds_in_a_fresh_interpreter

import airlock
from airlock.integrations.executors.sync import sync_executor

COUNT = 100_000
FEW = 100
CAPTURED = 20_000
HELD = 20_000
STANDARD = "typing, functools, contextvars"

Call = tuple[Callable[..., object], tuple[Any, ...], dict[str, Any]]


def task(order: int, user: int) -> None:
    """Do nothing, so that calling it hides as little as possible."""


def append(count: int) -> list[Call]:
    """Be the floor."""
    calls: list[Call] = []
    for i in range(count):
        calls.append((task, (i,), {"user": i}))  # noqa: PERF401 - one at a time, as `enqueue()` gets them
    return calls


def append_and_call(count: int) -> None:
    """Make every call that the floor has appended."""
    for function, args, kwargs in append(count):
        function(*args, **kwargs)


def enqueue_and_discard(count: int) -> None:
    """Do what the floor does, in a scope that is discarded."""
    scope = airlock.scope().enter()
    for i in range(count):
        airlock.enqueue(task, i, user=i)
    scope.exit()
    scope.discard()


def enqueue_and_drop(count: int) -> None:
    """Do what the floor does, in a scope whose policy drops every intent when it flushes."""
    with airlock.scope(policy=airlock.DropAll()):
        for i in range(count):
            airlock.enqueue(task, i, user=i)


def enqueue_and_flush(count: int) -> None:
    """Do what the floor does, in a scope that makes every call when it ends."""
    with airlock.scope(executor=sync_executor):
        for i in range(count):
            airlock.enqueue(task, i, user=i)


def open_empty_scopes(count: int) -> None:
    """Open and close a scope for each append of the floor."""
    for _ in range(count):
        with airlock.scope():
            pass


def in_lots(work: Callable[[int], object], size: int) -> Work:
    """Return the work for the whole count, so many at a time."""

    def all_lots() -> None:
        for _ in range(COUNT // size):
            work(size)

    return all_lots


def at_once(work: Callable[[int], object]) -> Work:
    """Return the work for the whole count in one loop."""
    return in_lots(work, COUNT)


def captured_through(levels: int) -> Work:
    """Return the work of enqueueing inside so many scopes around which there is one more, and of reading what that got.

    Reading is part of it: a capture that put the walk off until somebody looks would seem free otherwise.
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
            held[2 * i], held[2 * i + 1] = arguments(i, user=i)

    return work


def hold_intents(count: int) -> Work:
    """Return the work of buffering intents in a scope that is still open when their memory is measured."""

    def work() -> airlock.Scope:
        scope = airlock.scope().enter()
        for i in range(count):
            airlock.enqueue(task, i, user=i)
        return scope

    # In a context of its own, since a scope that is never left would be around the next one.
    return lambda: Context().run(work)


ROWS = (
    Row(
        "enqueue",
        "enqueue() in a plain scope, buffered and dropped",
        "append",
        floor=seconds(at_once(append)),
        subject=seconds(at_once(enqueue_and_discard)),
        target=2.5,
    ),
    Row(
        "drop-all",
        "enqueue(), dropped by the policy DropAll",
        "append",
        floor=seconds(at_once(append)),
        subject=seconds(at_once(enqueue_and_drop)),
    ),
    Row(
        "enqueue-few",
        f"enqueue() in a plain scope, {FEW} to a scope",
        f"append, {FEW} to a list",
        floor=seconds(in_lots(append, FEW)),
        subject=seconds(in_lots(enqueue_and_discard, FEW)),
    ),
    Row(
        "sync",
        "enqueue() and flush through sync",
        "append and call",
        floor=seconds(at_once(append_and_call)),
        subject=seconds(at_once(enqueue_and_flush)),
        target=2.2,
    ),
    Row(
        "scope",
        "an empty `with airlock.scope()`",
        "one append",
        floor=seconds(at_once(append)),
        subject=seconds(at_once(open_empty_scopes)),
        target=2.2,
    ),
    Row(
        "scope-few",
        "an empty scope again",
        f"one append, {FEW} to a list",
        floor=seconds(in_lots(append, FEW)),
        subject=seconds(at_once(open_empty_scopes)),
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
        "memory an intent takes over",
        "its args and kwargs",
        floor=bytes_each(hold_arguments, HELD),
        subject=bytes_each(hold_intents, HELD),
        comparison=BYTES,
        target=112,
    ),
)
