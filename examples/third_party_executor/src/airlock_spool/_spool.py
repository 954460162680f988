"""A queue that is a folder: one JSON file for each job, the oldest first."""

from __future__ import annotations

import itertools
import json
import os
import time
from collections.abc import Callable
from functools import update_wrapper
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, Generic, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_numbers = itertools.count()


class Job(Generic[P, R]):
    """A function that a worker may run."""

    def __init__(self, function: Callable[P, R]) -> None:
        update_wrapper(self, function)
        self.function = function
        self.path = f"{function.__module__}:{function.__qualname__}"

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        return self.function(*args, **kwargs)


def job(function: Callable[P, R]) -> Job[P, R]:
    """Make a job of a function."""
    return Job(function)


def put(identity: str, text: str) -> Path:
    """Add a job to the folder and return its file, which appears there complete."""
    name = f"{time.time_ns():020}-{next(_numbers):012}-{identity}"
    hidden = folder() / f".{name}"
    hidden.write_text(text, encoding="utf-8")
    return hidden.rename(folder() / f"{name}.json")


def pending() -> list[Path]:
    """Return the files of all jobs, oldest first."""
    return sorted(folder().glob("[!.]*.json"))


def run_due() -> None:
    """Run every job whose time has come."""
    for file in pending():
        message: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        if message["due"] <= time.time():
            file.unlink()
            resolve_name(message["job"])(*message["args"], **message["kwargs"])


def folder() -> Path:
    """Return the folder that `SPOOL_FOLDER` names."""
    return Path(os.environ.get("SPOOL_FOLDER", "spool"))
