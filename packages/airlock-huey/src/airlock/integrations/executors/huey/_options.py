"""The dispatch options: checked here, since Huey keeps a wrong value for the worker to fall over."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from inspect import signature
from math import isfinite
from typing import Any

_SECONDS = "a finite number of seconds, 0 or more"

_CHECKS: dict[str, tuple[tuple[type[Any], ...], str]] = {
    "delay": ((int, float, timedelta), "a finite number of seconds, or a timedelta"),
    "eta": ((datetime,), "a datetime"),
    "expires": ((int, float, timedelta, datetime), "a finite number of seconds, a timedelta or a datetime"),
    "priority": ((int, float), "a finite number"),
    "retries": ((int,), "a whole number, 0 or more"),
    "retry_backoff": ((int, float), "a finite number, 0 or more"),
    "retry_delay": ((int, float), _SECONDS),
    "timeout": ((int, float), _SECONDS),
}

NAMES = frozenset({*_CHECKS, "huey"})


def settings(huey: Any, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a task takes for dispatch options, with `None` as if it had not been given.

    Raises:
        TypeError: An option has a wrong value, or this version of Huey has no such option.
    """
    chosen = {name: value for name, value in options.items() if value is not None and name != "huey"}
    for name, value in chosen.items():
        _check(name, value)
    delay = chosen.pop("delay", None)
    if delay is not None:
        if "eta" in chosen:
            raise TypeError("both `delay` and `eta` say when; give one of them")
        # Without a delay Huey 3 would send it through the schedule, and Huey 2 would not.
        if delay:
            chosen["eta"] = sys.modules["huey.utils"].normalize_time(None, delay, huey.utc)
    elif "eta" in chosen:
        chosen["eta"] = sys.modules["huey.utils"].normalize_time(chosen["eta"], None, huey.utc)
    if chosen:
        api = sys.modules["huey.api"]
        known = signature(api.Task).parameters
        for name in chosen:
            if name not in known:
                raise TypeError(f"Huey {sys.modules['huey'].__version__} has no option {name!r}")
    return chosen


def check_priority(huey: Any, task: Any) -> None:
    """Raise `TypeError` if the storage would refuse a task because of its priority."""
    priority = task.priority
    if not priority:
        return
    storage = huey.storage
    if not storage.priority:
        raise TypeError(f"{type(storage).__name__} has no priorities, and {priority!r} was given")
    highest = getattr(storage, "MAX_PRIORITY", None)
    if highest is not None and (not isinstance(priority, int) or not 0 <= priority <= highest):
        raise TypeError(f"{type(storage).__name__} takes whole priorities from 0 to {highest}, not {priority!r}")


def _check(name: str, value: Any) -> None:
    kinds, words = _CHECKS[name]
    good = isinstance(value, kinds) and not isinstance(value, bool)
    if good and isinstance(value, (int, float)):
        good = isfinite(value) and (value >= 0 or "0 or more" not in words)
    if not good:
        raise TypeError(f"the option {name!r} is {words}, not {value!r}")
