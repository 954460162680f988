"""What is Huey's: told by class, and without importing Huey, since where it is not loaded nothing can be."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from airlock import Intent, InvalidIntentError


def is_huey_task(task: object) -> bool:
    """Return whether a task is one of Huey's, or several in a pipeline, a group or a chord."""
    api = sys.modules.get("huey.api")
    if api is None:
        return False
    # By far the most are of this class, and this is asked of each.
    return type(task) is getattr(api, "TaskWrapper", None) or isinstance(
        task, _named(api, "TaskWrapper", "Task", "group", "chord")
    )


def is_definition(task: object) -> bool:
    """Return whether a task is what Huey's decorators make of a function."""
    return isinstance(task, sys.modules["huey.api"].TaskWrapper)


def is_group(task: object) -> bool:
    """Return whether a task stands for several at once, with or without one more for when they are done."""
    return isinstance(task, _named(sys.modules["huey.api"], "group", "chord"))


def is_chord(task: object) -> bool:
    """Return whether a task stands for several at once and one more for when they are done."""
    return isinstance(task, _named(sys.modules["huey.api"], "chord"))


def members(task: Any) -> Iterator[Any]:
    """Yield every single task that may be sent for one, later ones of a pipeline and error handlers too."""
    if is_group(task):
        for each in task.tasks:
            yield from members(each)
        if is_chord(task):
            yield from members(task.callback)
        return
    yield task
    for other in (task.on_complete, task.on_error):
        if other is not None:
            yield from members(other)


def huey_of(intent: Intent) -> Any:
    """Return the Huey that an intent's task belongs to.

    A task that has its arguments already does not know it: it is the option `huey`, or the one that the definition of
    the task in its module belongs to.

    Raises:
        InvalidIntentError: There is no such option, and the module has no such definition under any name.
    """
    task = intent.task
    if is_definition(task):
        return task.huey
    if "huey" in intent.dispatch_options:
        return intent.dispatch_options["huey"]
    first = next(members(task), None)
    wrapper_class = sys.modules["huey.api"].TaskWrapper
    module = sys.modules.get(type(first).__module__)
    for value in list(vars(module).values()) if module is not None else ():
        if isinstance(value, wrapper_class) and value.task_class is type(first):
            return value.huey
    raise InvalidIntentError(
        f"{intent} does not know its Huey, and the module of its first task does not hold that task. Give the Huey as "
        'an option: airlock.options(huey=huey), or _dispatch_options={"huey": huey}.',
        intent=intent,
    )


def _named(api: ModuleType, *names: str) -> tuple[type[Any], ...]:
    """Return the classes of these names, as far as this version of Huey has them and has been imported."""
    return tuple(getattr(api, name) for name in names if hasattr(api, name))
