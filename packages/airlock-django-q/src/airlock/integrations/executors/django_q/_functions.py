"""Which functions a worker can find: it is sent a name, and imports it."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any
from weakref import WeakSet

_FUNCTIONS = (FunctionType, BuiltinFunctionType, MethodType, type)
_PARTIAL: Any = partial
_found: WeakSet[FunctionType] = WeakSet()
_CURE = "write a function with `def` at the top level of a module that the worker can import"


def is_function(task: object) -> bool:
    """Return whether a task is a function, or one with some arguments filled in.

    It is the type that counts: a task object of another queue may be callable, and say that it is a function.
    """
    filled = _as_partial(task)
    return issubclass(type(task), _FUNCTIONS) if filled is None else is_function(filled.func)


def unfold(task: Any) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
    """Return the function itself and the arguments that are filled in.

    The result of a task is filed under the name of its function, and a partial has none.
    """
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = {}
    while (filled := _as_partial(task)) is not None:
        args, kwargs = (*filled.args, *args), {**filled.keywords, **kwargs}
        task = filled.func
    return task, args, kwargs


def obstacle(function: Any) -> str:
    """Return why a worker could not run a function, and what to do instead; nothing where it could."""
    # Should its name mean something else by now, pickle says so.
    if type(function) is FunctionType and function in _found:
        return ""
    wrong = _obstacle(function)
    if type(function) is FunctionType and not wrong:
        _found.add(function)
    return wrong


def _obstacle(function: Any) -> str:
    owner = getattr(function, "__self__", None)
    if not isinstance(owner, ModuleType | type | None):
        return f"it is bound to {type(owner).__name__}, an object that only exists in this process: {_CURE}"
    module, name = function.__module__, function.__qualname__
    if isinstance(owner, type) and isinstance(function, MethodType):
        module, name = owner.__module__, f"{owner.__qualname__}.{function.__name__}"
    if function.__name__ == "<lambda>":
        return f"a lambda has no name to import it by: {_CURE}"
    if "<locals>" in name:
        return f"it is defined inside another function, where no import reaches it: {_CURE}"
    if module == "__main__":
        return f"it is defined in the program that is running, which is another one in the worker: {_CURE}"
    if _import(module, name) != function:
        return f"{module}:{name} is missing or something else, perhaps the decorated function: give what is found there"
    if iscoroutinefunction(function) or isgeneratorfunction(function) or isasyncgenfunction(function):
        return "the worker would call it and neither await nor iterate, so nothing would run: write a plain function"
    return ""


def _as_partial(task: Any) -> partial[Any] | None:
    return task if type(task) is _PARTIAL else None


def _import(module: str, name: str) -> object:
    try:
        found: object = import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError):
        return None
    return found
