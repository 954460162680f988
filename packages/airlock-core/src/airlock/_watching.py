"""Having the backends report what is published without airlock, for as long as anybody wants to know."""

from __future__ import annotations

import sys
from typing import Any

from airlock import _executors
from airlock._configuration import defaults

collectors: list[list[Any]] = []


class _Watch:
    is_on = False
    modules = 0


def adjust() -> None:
    """Begin or cease to watch, whichever is wanted; what has been loaded since is watched too."""
    if _is_wanted():
        _watch()
    else:
        cease_unless_wanted()


def cease_unless_wanted() -> None:
    """Watch no more, if nobody wants to know."""
    if _Watch.is_on and not _is_wanted():
        _Watch.is_on = False
        _tell("unwatch")


def watch_what_is_new() -> None:
    """Watch what has been loaded since, too: a backend may be imported after the mode was configured."""
    if len(sys.modules) != _Watch.modules:
        _watch()


def _is_wanted() -> bool:
    return defaults.bypass != "ignore" or bool(collectors)


def _watch() -> None:
    _Watch.is_on = True
    _tell("watch")
    _Watch.modules = len(sys.modules)


def _tell(attribute: str) -> None:
    for executor in _executors.others():
        call = getattr(executor, attribute, None)
        if call is not None:
            call()
