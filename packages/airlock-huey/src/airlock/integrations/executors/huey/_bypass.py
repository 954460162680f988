"""Reporting what is published without airlock, by the signal that Huey sends before it publishes."""

from __future__ import annotations

import logging
import sys
from functools import cache
from typing import Any, Final

from airlock.integrations.bypass import called_by, report, top_level

_logger = logging.getLogger("airlock")
_OWN: Final = ("execute", "_execute")
_watched: dict[int, Any] = {}


def watch() -> None:
    """Report from now on, for each Huey that is at the top level of a module, or whose tasks are."""
    api: Any = sys.modules["huey.api"]
    signal = _signal()
    if signal is None:
        return
    for found in top_level(api.Huey, api.TaskWrapper):
        huey = found.huey if isinstance(found, api.TaskWrapper) else found
        if id(huey) not in _watched:
            _watched[id(huey)] = huey
            huey.signal(signal)(_receive)


def unwatch() -> None:
    """Report no more; a receiver makes sending slower."""
    while _watched:
        _, huey = _watched.popitem()
        huey.disconnect_signal(_receive, _signal())


@cache
def _signal() -> str | None:
    found: str | None = getattr(sys.modules["huey.signals"], "SIGNAL_ENQUEUED", None)
    if found is None:
        _logger.warning("This Huey has no signal for what is enqueued, so nothing tells what is sent without airlock.")
    return found


def _receive(_: str, task: Any) -> None:
    if not _is_own():
        report("huey", task.name, skip=("django",))


def _is_own() -> bool:
    """Return whether the consumer wants it: a retry, the next task of a pipeline, or what was scheduled is due."""
    return any(
        module.startswith("huey.consumer") or (module == "huey.api" and function in _OWN)
        for module, function in called_by({"huey"})
    )
