"""Reporting what is enqueued without airlock, by the signal that Django's tasks and the backport's send for it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any, Final

from airlock.integrations.bypass import report
from airlock.integrations.executors.django_tasks._frameworks import FRAMEWORKS

_ID: Final = "airlock"
_PACKAGES: Final = ("asgiref", "django", "django_tasks", "django_tasks_db", "django_tasks_rq")


def watch() -> None:
    """Report from now on."""
    for signal in _signals():
        signal.connect(_receive, weak=False, dispatch_uid=_ID)


def unwatch() -> None:
    """Report no more."""
    for signal in _signals():
        signal.disconnect(dispatch_uid=_ID)


def _signals() -> Iterator[Any]:
    for framework in FRAMEWORKS:
        if f"{framework}.base" in sys.modules:
            yield import_module(f"{framework}.signals").task_enqueued


def _receive(*, task_result: Any, **_: object) -> None:
    __tracebackhide__ = True
    report("django-tasks", task_result.task.module_path, skip=_PACKAGES)
