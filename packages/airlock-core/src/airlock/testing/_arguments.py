"""The arguments of a call by name, however they were given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, cast

from airlock._naming import backend_name, definition_of, unwrap

if TYPE_CHECKING:
    from inspect import Signature


def named(task: object, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments by the names of their parameters, defaults included.

    Raises:
        TypeError: They do not fit the task's signature.
    """
    signature = signature_of(task)
    if signature is None:
        return literal(args, kwargs)
    bound = signature.bind(*args, **kwargs)
    bound.apply_defaults()
    arguments: dict[str, Any] = {}
    for name, value in bound.arguments.items():
        kind = signature.parameters[name].kind
        if kind is kind.VAR_POSITIONAL:
            arguments.update({f"{name}[{position}]": item for position, item in enumerate(value)})
        elif kind is kind.VAR_KEYWORD:
            arguments.update(value)
        else:
            arguments[name] = value
    return arguments


def literal(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments as they were given, positional ones by their position."""
    return {**{f"args[{position}]": value for position, value in enumerate(args)}, **kwargs}


def both_named(
    task: object, actual: tuple[tuple[Any, ...], Mapping[str, Any]], expected: tuple[tuple[Any, ...], Mapping[str, Any]]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the arguments of two calls in a way that lets them be compared, whether they fit the task or not."""
    try:
        return named(task, *actual), named(task, *expected)
    except TypeError:
        return literal(*actual), literal(*expected)


def misfit(task: object, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str:
    """Return why a task cannot be called with some arguments, nothing where it can."""
    try:
        named(task, args, kwargs)
    except TypeError as error:
        return str(error)
    return ""


def signature_of(task: object) -> Signature | None:
    """Return how a task is to be called, `None` where that is not known."""
    from inspect import signature

    try:
        found = signature(cast("Callable[..., object]", _function_of(task)))
    except (TypeError, ValueError):
        return None
    parameters = list(found.parameters.values())
    # The worker gives the first argument, where there is one of these.
    if parameters and (getattr(task, "takes_context", False) is True):
        parameters = parameters[1:]
    return found.replace(parameters=parameters)


def _function_of(task: object) -> object:
    """Return what knows the parameters: the function behind a queue's task, which takes anything when called."""
    definition = definition_of(task)
    if definition is task or unwrap(task) is not task:
        return task
    run = getattr(task, "run", None) if backend_name(task) is not None else None
    if isinstance(run, (FunctionType, MethodType)):
        return run
    return definition if isinstance(definition, FunctionType) else task
