"""Saying what does not travel, where an executor has no place for it."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import partial
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

from airlock._intent import Intent
from airlock._naming import qualified_name

_OF_THE_APPLICATION = (FunctionType, MethodType, BuiltinFunctionType, partial)
"""An executor that is a function is given the intent, and there is nobody to tell whether it looks at the context."""

_logger = logging.getLogger("airlock")
_told: set[str] = set()


def carries_context(executor: Any) -> bool:
    """Return whether an executor hands over what an intent carries, or runs the task with it in force."""
    return bool(getattr(executor, "carries_context", isinstance(executor, _OF_THE_APPLICATION)))


def tell_of_what_stays(executor: Any, intents: Iterable[Intent]) -> None:
    """Warn, once a process and executor, of what its intents carry and its workers will not see."""
    if carries_context(executor):
        return
    name = qualified_name(executor)
    lost = sorted({provided for intent in intents for provided in intent.context})
    if not lost or name in _told:
        return
    _told.add(name)
    _logger.warning(
        "%r has no place in its messages for what intents carry: %s will not be restored in the worker. "
        "Give the task what it needs as an argument.",
        executor,
        ", ".join(lost),
    )
