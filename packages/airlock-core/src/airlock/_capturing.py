"""Capturing what an intent carries: asking the providers, and refusing what would not arrive as it is."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from math import isfinite
from operator import is_
from typing import TYPE_CHECKING, Any, cast

from airlock._context import Carrying, Provider
from airlock._intent import short
from airlock._mapping import copy_of
from airlock._naming import simple_name

if TYPE_CHECKING:
    from airlock._origin import Origin

_UNSET: Any = object()
_INTEGERS = range(-(2**63), 2**63)
_WANTED = "str, int (of 64 bits), float (finite), bool, None, and lists and dicts of them"


class Capture:
    """Asks every provider for what an intent is to carry.

    One request mostly enqueues many intents, and all carry the same: they share one record of it.
    """

    def __init__(self, providers: Mapping[str, Provider]) -> None:
        self._providers = providers
        self._last = Carrying(None, {})

    def __call__(self, task: object, origin: Origin | None) -> Any:
        """Return what an intent has as its origin, with copies of what the providers have.

        Raises:
            TypeError: Somebody has what JSON would not carry unchanged.
        """
        captured: dict[str, Any] = {}
        for name, provider in self._providers.items():
            value = provider.get(_UNSET) if type(provider) is ContextVar else _ask(provider, name, task)
            if type(value) is str and value.isascii():
                captured[name] = value
            elif value is not _UNSET:
                captured[name] = _checked(value, name, task)
        if not captured:
            return origin
        last = self._last
        # What can be changed has been copied, and is no other intent's.
        known = last.context
        is_the_same = captured.keys() == known.keys() and all(map(is_, captured.values(), known.values()))
        if not is_the_same or last.origin is not origin:
            self._last = last = Carrying(origin, captured)
        return last


def check_providers(providers: object) -> dict[str, Provider]:
    """Return a copy of what a caller gives as providers.

    Raises:
        TypeError: It is no mapping of names, or one of them is no provider.
    """
    checked = copy_of(providers, "context")
    for name, provider in checked.items():
        if isinstance(provider, ContextVar):
            continue
        if isinstance(provider, type):
            raise TypeError(f"context[{name!r}] is a class, not a provider; write {provider.__name__}()")
        if not (callable(getattr(provider, "capture", None)) and callable(getattr(provider, "restore", None))):
            raise TypeError(
                f"context[{name!r}] is {provider!r}, which is no provider: one is a ContextVar, or has the methods "
                "capture() and restore(value)"
            )
    return checked


def _ask(provider: Any, name: str, task: object) -> Any:
    try:
        value = provider.capture()
    except Exception as error:
        error.add_note(f"airlock: raised by the {_culprit(name, task)}")
        raise
    return _UNSET if value is None else value


def _culprit(name: str, task: object) -> str:
    return f"context provider {name!r}, asked for an intent of {simple_name(task)}"


def _checked(value: Any, name: str, task: object) -> Any:
    try:
        return _copied(value)
    except RecursionError:
        raise TypeError(f"The {_culprit(name, task)}, has a value that is nested without an end") from None
    except TypeError as error:
        raise TypeError(
            f"The {_culprit(name, task)}, has {error}. What travels is what JSON carries unchanged: {_WANTED}."
        ) from None


def _copied(value: object) -> Any:
    """Return a value as JSON would bring it to the other side, and raise where that would be another one."""
    kind = type(value)
    if value is None or kind is bool:
        return value
    if kind is str:
        return _checked_text(cast("str", value))
    if kind is int and value in _INTEGERS:
        return value
    if kind is float and isfinite(cast("float", value)):
        return value
    if kind is list:
        return [_copied(item) for item in cast("list[Any]", value)]
    if kind is dict:
        return {_checked_key(key): _copied(item) for key, item in cast("dict[Any, Any]", value).items()}
    raise TypeError(f"{short.repr(value)}, of type {kind.__qualname__}")


def _checked_text(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise TypeError(f"{short.repr(text)}, which is no valid Unicode") from None
    return text


def _checked_key(key: object) -> str:
    if type(key) is not str:
        raise TypeError(f"a dict with the key {short.repr(key)}, of type {type(key).__qualname__}")
    return _checked_text(key)
