"""A short cut: where enqueueing a task is known to be no more than writing it, Huey need not be asked for each."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import Any

_KNOWN = frozenset(
    {"isinstance", "group", "tasks", "chord", "_enqueue_chord", "enqueue", "expires", "resolve_expires", "utc"}
    | {"_emit", "S", "SIGNAL_ENQUEUED", "_immediate", "execute", "storage", "serialize_task", "priority"}
    | {"results", "_pipeline_results", "on_complete", "append", "Result", "ResultGroup", "len"}
)
"""All that `Huey.enqueue` makes use of, in the versions whose short cut this is."""


def plain_result(huey: Any) -> Callable[[Any], Any] | None:
    """Return what makes Huey's handle of a single task; `None` unless that and writing it is all that Huey would do.

    It is not, if somebody listens to its signals, has wrapped or overridden `enqueue`, or if Huey has changed it.
    """
    api: Any = sys.modules["huey.api"]
    enqueue = getattr(huey.enqueue, "__func__", None)
    if enqueue is None or getattr(enqueue, "__globals__", None) is not vars(api):
        return None
    if not _KNOWN.issuperset(enqueue.__code__.co_names):
        return None
    receivers: dict[str, list[Any]] | None = getattr(getattr(huey, "_signal", None), "receivers", None)
    if receivers is None or any(receivers.values()):
        return None
    return partial(api.Result, huey) if huey.results else _no_result


def _no_result(task: Any) -> None:
    return None
