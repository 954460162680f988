"""Reporting what is published without airlock, by the signal that django-q2 sends before it publishes."""

from __future__ import annotations

import sys
from typing import Any, Final

from airlock.integrations.bypass import called_by, report

_ID: Final = "airlock_bypass"
_ASKED: Final = ("django_q.signals", "django_q.tasks")
"""The modules that an application calls; any other has reasons of its own, such as a schedule or a chain."""


def watch() -> None:
    """Report from now on."""
    _pre_enqueue().connect(_receive, weak=False, dispatch_uid=_ID)


def unwatch() -> None:
    """Report no more."""
    _pre_enqueue().disconnect(dispatch_uid=_ID)


def _pre_enqueue() -> Any:
    return sys.modules["django_q.signals"].pre_enqueue


def _receive(*, task: dict[str, Any], **_: object) -> None:
    __tracebackhide__ = True
    if all(module in _ASKED for module, _ in called_by({"django", "django_q"}) if module.startswith("django_q")):
        report("django-q", _name(task["func"]), skip=("asgiref", "django", "django_q"))


def _name(function: Any) -> str:
    return function if isinstance(function, str) else f"{function.__module__}.{function.__qualname__}"
