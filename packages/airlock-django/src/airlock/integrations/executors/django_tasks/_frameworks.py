"""Django's own tasks, and those of the backport: two classes of one shape, told apart without importing either."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

FRAMEWORKS = {"django.tasks": "django.utils.json", "django_tasks": "django_tasks.utils"}
"""The packages that define a class `Task`, and where each has its way to JSON."""


def framework_of(task: object) -> str | None:
    """Return the package that a task is of, `None` where it is no task; what is not loaded has none."""
    for framework in FRAMEWORKS:
        base = sys.modules.get(f"{framework}.base")
        if base is not None and isinstance(task, getattr(base, "Task", ())):
            return framework
    return None


def module_of(task: object, name: str) -> Any:
    """Return the module of that name in the package that a task is of."""
    return import_module(f"{framework_of(task)}.{name}")


def normaliser_of(task: object) -> Callable[[object], Any]:
    """Return the function by which the task's framework turns arguments into what JSON has."""
    return _normaliser(framework_of(task))


@cache
def _normaliser(framework: Any) -> Callable[[object], Any]:
    normalise: Callable[[object], Any] = import_module(FRAMEWORKS[framework]).normalize_json
    return normalise
