"""The names of a task: what policies match, messages show and logs carry."""

from __future__ import annotations

from functools import partial
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

_NAMED = (FunctionType, MethodType, BuiltinFunctionType, type)


def unwrap(task: object) -> object:
    """Return what a partial, however deep, will call in the end."""
    while isinstance(task, partial):
        task = task.func
    return task


def backend_name(task: object) -> str | None:
    """Return the name that a queue gave to its task object, `None` where there is none."""
    task = unwrap(task)
    if isinstance(task, _NAMED):
        return None
    for attribute in ("actor_name", "name"):
        name = getattr(task, attribute, None)
        if isinstance(name, str) and name:
            return name
    return None


def simple_name(task: object) -> str:
    """Return the last part of the task's name: `send_sms` for `shop.tasks.send_sms`."""
    name = backend_name(task)
    if name is not None:
        return name.rpartition(".")[2] or name
    definition: Any = definition_of(task)
    return str(definition.__name__)


def qualified_name(task: object) -> str:
    """Return `module:qualname` of the function, class or method behind the task."""
    definition: Any = definition_of(task)
    return f"{getattr(definition, '__module__', None) or 'builtins'}:{definition.__qualname__}"


def aliases(task: object) -> set[str]:
    """Return every spelling that names the task."""
    qualified = qualified_name(task)
    names = {simple_name(task), qualified, qualified.replace(":", ".")}
    name = backend_name(task)
    return names if name is None else names | {name}


def definition_of(task: object) -> object:
    """Return the function behind a queue's task object, or the class behind a callable instance."""
    task = unwrap(task)
    if isinstance(task, _NAMED):
        return task
    for attribute in ("__wrapped__", "fn", "func"):
        function = getattr(task, attribute, None)
        if isinstance(function, FunctionType):
            return function
    return task if isinstance(getattr(task, "__qualname__", None), str) else type(task)
