"""From what stands in the settings to what it means, one function for each kind of value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

import airlock
from airlock._bypass import MODES, BypassMode
from airlock._capturing import check_providers
from airlock._executors import check_executor, find_executor
from airlock._policy import check_policy
from airlock.integrations.django._imported import failed, imported, in_one_line
from airlock.integrations.django._problems import SettingError, did_you_mean
from airlock.integrations.django._task_scopes import are_there_tasks

if TYPE_CHECKING:
    from contextvars import ContextVar

    from airlock import ContextProvider, Executor, Policy, Scope


def executor(value: Any) -> Executor | str:
    """Return an executor for a short name, a dotted path or the executor itself; a short name stays one.

    Raises:
        SettingError: It cannot be imported, is not installed, or is no executor.
    """
    if isinstance(value, str) and "." not in value:
        return _installed(value)
    found: Any = imported(value) if isinstance(value, str) else value
    if isinstance(found, type):
        raise SettingError("E004", "is a class, not an executor", f"Give an object: {found.__name__}().")
    if not callable(found):
        raise SettingError("E004", "is not callable", "An executor is called with an intent.")
    return check_executor(found)


def _installed(name: str) -> str:
    try:
        find_executor(name)
    except airlock.UsageError as error:
        what, _, cure = str(error).partition(". ")
        raise SettingError("E004", f"cannot be used: {what[0].lower()}{what[1:]}", cure) from None
    except TypeError as error:
        raise SettingError("E004", f"cannot be used: {error}") from error
    except Exception as error:
        raise failed(error) from error
    return name


def _object(value: Any, code: str) -> Any:
    """Return the object that a dotted path, a class or the object itself stands for."""
    if isinstance(value, str):
        value = imported(value)
    if not isinstance(value, type):
        return value
    named_class = cast("type[Any]", value)
    try:
        return named_class()
    except Exception as error:
        hint = f"Give an object, such as {named_class.__name__}(...), instead of the class."
        raise SettingError(code, f"cannot be built: {in_one_line(error)}", hint) from error


def policy(value: Any) -> Policy:
    """Return a policy for a dotted path, a class or the policy itself.

    Raises:
        SettingError: It cannot be imported, cannot be built, or is no policy.
    """
    value = _object(value, "E005")
    try:
        return check_policy(value)
    except TypeError:
        hint = "A policy has the methods on_enqueue(intent) and allows(intent)."
        raise SettingError("E005", "is no policy", hint) from None


def provider(value: Any) -> ContextProvider | ContextVar[Any]:
    """Return what captures and restores something, for a dotted path, a class or the provider itself.

    Raises:
        SettingError: It cannot be imported, cannot be built, or is no provider.
    """
    value = _object(value, "E012")
    try:
        return check_providers({"": value})[""]
    except TypeError:
        hint = "A provider is a ContextVar, or has the methods capture() and restore(value)."
        raise SettingError("E012", "is no provider", hint) from None


def scope_class(value: Any) -> type[Scope]:
    """Return a subclass of `Scope` for a dotted path or the class itself.

    Raises:
        SettingError: It cannot be imported, or is no such class.
    """
    if isinstance(value, str):
        value = imported(value)
    if not (isinstance(value, type) and issubclass(value, airlock.Scope)):
        hint = "Give a class such as 'airlock.integrations.django.DjangoScope'."
        raise SettingError("E006", "is no subclass of airlock.Scope", hint)
    return value


def keywords(value: Any) -> dict[str, Any]:
    """Return a dictionary whose keys are text.

    Raises:
        SettingError: It is none.
    """
    if isinstance(value, Mapping):
        entries = cast("Mapping[object, Any]", value)
        if all(isinstance(key, str) for key in entries):
            return dict(cast("Mapping[str, Any]", value))
    raise SettingError("E002", "is no dictionary with text as its keys")


def alias(value: Any) -> str:
    """Return the alias of a database.

    Raises:
        SettingError: It is none.
    """
    from django.db import connections

    known = list(connections.settings)
    aliases = f"DATABASES has {', '.join(map(repr, known))}."
    if not isinstance(value, str):
        raise SettingError("E002", "is not the alias of a database", aliases)
    if value not in known:
        raise SettingError("E008", "is no alias in DATABASES", did_you_mean(value, known) or aliases)
    return value


def flag(value: Any) -> bool:
    """Return True or False.

    Raises:
        SettingError: It is neither.
    """
    if not isinstance(value, bool):
        raise SettingError("E002", "is neither True nor False")
    return value


def task_scopes(value: Any) -> bool:
    """Return whether executions of Django's tasks have scopes.

    Raises:
        SettingError: It is neither True nor False, or there are no such tasks.
    """
    wanted = flag(value)
    if wanted and not are_there_tasks():
        raise SettingError("E002", "needs tasks, and there are none", "Install django-tasks, or Django 6.0 or later.")
    return wanted


def bypass_mode(value: Any) -> BypassMode:
    """Return what to do about a task that reaches a backend without airlock.

    Raises:
        SettingError: There is no such thing to do.
    """
    for mode in MODES:
        if value == mode:
            return mode
    hint = did_you_mean(value, MODES) or f"It is one of {', '.join(map(repr, MODES))}."
    raise SettingError("E002", "is no mode", hint)
