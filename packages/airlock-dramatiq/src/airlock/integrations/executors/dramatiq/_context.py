"""What an intent carries, in an option of every message that comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Any, Final

from airlock.integrations.executors.dramatiq._kinds import is_group, is_pipeline

OPTION: Final = "airlock_context"


def carrying(task: Any, context: Mapping[str, Any]) -> Any:
    """Return a copy of a message, pipeline or group in which every message has the option.

    A message carries the one that follows it in a pipeline, as a dictionary, and so do groups what is to be called when
    they are complete.
    """
    if is_pipeline(task):
        changed = copy(task)
        changed.messages = [carrying(message, context) for message in task.messages]
        return changed
    if is_group(task):
        changed = copy(task)
        changed.children = [carrying(child, context) for child in task.children]
        changed.completion_callbacks = [_with_option(message, context) for message in task.completion_callbacks]
        return changed
    return task.copy(options=_options(task.options, context))


def _with_option(message: Mapping[str, Any], context: Mapping[str, Any]) -> dict[str, Any]:
    return {**message, "options": _options(message["options"], context)}


def _options(options: Mapping[str, Any], context: Mapping[str, Any]) -> dict[str, Any]:
    changed = {**options, OPTION: dict(context)}
    if changed.get("pipe_target"):
        changed["pipe_target"] = _with_option(changed["pipe_target"], context)
    return changed
