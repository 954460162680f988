"""The dispatch options: those of `Task.using()`, checked here where Django's own error would not say what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib import import_module
from inspect import Parameter, signature
from typing import Any

from django.conf import settings
from django.utils.timezone import is_aware

from airlock.integrations.executors.django_tasks._frameworks import framework_of

_KINDS: dict[str, tuple[type, str]] = {
    "backend": (str, "an alias of the setting TASKS"),
    "priority": (int, "a whole number from -100 to 100"),
    "queue_name": (str, "the name of a queue"),
    "run_after": (datetime, "the moment to start, such as `timezone.now() + timedelta(minutes=5)`"),
}

_DELAYS = {"at", "countdown", "delay", "eta", "schedule"}


@cache
def options_of(task_class: Any) -> frozenset[str]:
    """Return the options of a class of tasks: a backend may have its own, with more."""
    classes: list[type] = [*task_class.__mro__]
    own: list[Any] = [vars(each)["using"] for each in classes if "using" in vars(each)]
    parameters = [parameter for using in own for parameter in signature(using).parameters.values()]
    return frozenset(parameter.name for parameter in parameters if parameter.kind is Parameter.KEYWORD_ONLY)


def advice(option: str) -> str:
    """Return what to do instead of giving an option that there is not; nothing where nothing is known."""
    return "'run_after' takes the moment to start" if option in _DELAYS else ""


def with_options(task: Any, options: Mapping[str, Any]) -> Any:
    """Return a task that is to be sent in the way that dispatch options say, with `None` as if it had not been given.

    Raises:
        Exception: An option has a value that is wrong, or that the task's backend does not support.
    """
    chosen = {name: value for name, value in options.items() if value is not None}
    for name, value in chosen.items():
        if name in _KINDS:
            _check(task, name, value)
    return task.using(**chosen) if chosen else task


def _check(task: object, name: str, value: object) -> None:
    kind, takes = _KINDS[name]
    if not isinstance(value, kind) or isinstance(value, bool):
        raise TypeError(f"the option {name!r} takes {takes}, and got {value!r}")
    if name == "backend":
        known = sorted(import_module(f"{framework_of(task)}").task_backends)
        if value not in known:
            raise ValueError(f"the setting TASKS has no backend {value!r}; it has {', '.join(known)}")
    if isinstance(value, datetime) and is_aware(value) and not settings.USE_TZ:
        raise ValueError(f"the option {name!r} takes a datetime without a zone where USE_TZ is off, and got {value!r}")
