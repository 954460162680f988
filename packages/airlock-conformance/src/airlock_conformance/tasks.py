"""The functions that the suites make tasks of.

A worker in another process imports this module and makes a task of each of `FUNCTIONS`, and of `COROUTINE_FUNCTIONS`
where its queue has those. Each call of one is a line of the file that the environment variable `TRACE` names.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from contextvars import ContextVar
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, Final, NamedTuple

import airlock

TRACE: Final = "AIRLOCK_CONFORMANCE_TRACE"

request_id: ContextVar[str] = ContextVar("airlock_conformance_request_id")

CONTEXT: Final = {"airlock_conformance_request_id": request_id}
"""What a worker that restores context calls `airlock.configure(context=...)` with."""


def note(*args: Any, **kwargs: Any) -> None:
    """Take note of any arguments."""
    _write("note", args, kwargs)


def remark(*args: Any, **kwargs: Any) -> None:
    """Do the same under another name."""
    _write("remark", args, kwargs)


def describe(subject: Any, detail: Any = None, *, style: Any = None) -> None:
    """Take note of arguments that have names."""
    _write("describe", (subject, detail), {"style": style})


def measure(token: str, text: str) -> None:
    """Take note of the length of an argument."""
    _write("measure", (token, len(text)), {})


def report_scope(token: str) -> None:
    """Take note of whether a scope was active already, and leave none behind."""
    _write("report_scope", (token, airlock.get_current_scope() is None), {})
    with airlock.Scope(airlock.DropAll()):
        airlock.enqueue(note)


def report_context(token: str) -> None:
    """Take note of what is restored here."""
    _write("report_context", (token, request_id.get(None)), {})


def relay(executor: str, make_task: str, token: str) -> None:
    """Send another task from here, with an executor and a maker of tasks that are named as `module:attribute`."""
    with airlock.Scope(executor=resolve_name(executor)):
        airlock.enqueue(resolve_name(make_task)(note), token, "relayed")


async def note_later(*args: Any, **kwargs: Any) -> None:
    """Take note after giving other coroutines a turn."""
    await asyncio.sleep(0)
    _write("note_later", args, kwargs)


FUNCTIONS: Final = (note, remark, describe, measure, relay, report_context, report_scope)
COROUTINE_FUNCTIONS: Final = (note_later,)


class Call(NamedTuple):
    """A call of a task, as it is read from the file."""

    task: str
    at: float
    args: str
    kwargs: str


def read(trace: Path) -> list[Call]:
    """Return the calls of tasks so far, in the order in which they ran."""
    if not trace.exists():
        return []
    lines = trace.read_text(encoding="utf-8").splitlines(keepends=True)
    return [Call(**json.loads(line)) for line in lines if line.endswith("\n")]


def _write(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    path = os.environ.get(TRACE)
    if path is None:
        return
    line = json.dumps({"task": name, "at": time.time(), "args": repr(args), "kwargs": repr(sorted(kwargs.items()))})
    # One write to a file opened for appending: lines of several workers do not mix.
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, f"{line}\n".encode())
    finally:
        os.close(descriptor)
