"""Dropping what was asked for twice."""

from __future__ import annotations

from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from airlock._policy import Silent

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from airlock._intent import Intent

_class_of: Callable[[object], type[Any]] = type
_equality: Callable[[type[Any]], object] = attrgetter("__eq__")
_SEQUENCES = {_equality(tuple), _equality(list)}
_MAPPINGS = {_equality(dict)}
_SETS = {_equality(set), _equality(frozenset)}


class DropDuplicates(Silent):
    """Drop an intent if one of the same task, arguments and dispatch options went before it in the scope.

    Values are the same if they are equal and of one type, deep inside containers too: `1`, `1.0` and `True` differ.
    The time is linear in the size of the arguments. Only objects that are neither hashable nor a built-in container are
    compared one by one with those of their class that came before.
    """

    def __init__(self) -> None:
        self._seen: set[Hashable] = set()
        self._unhashable: dict[type, list[object]] = {}

    def allows(self, intent: Intent) -> bool:
        """Return whether this is the first of its kind."""
        try:
            key = self._key((intent.task, intent.args, dict(intent.kwargs), dict(intent.dispatch_options)))
        except RecursionError:
            return True
        if key in self._seen:
            return False
        self._seen.add(key)
        return True

    def fresh(self) -> DropDuplicates:
        """Return a policy that has seen nothing."""
        return DropDuplicates()

    def for_preview(self) -> DropDuplicates:
        """Return a policy that has seen the same."""
        copy = DropDuplicates()
        copy._seen |= self._seen
        copy._unhashable = {kind: list(objects) for kind, objects in self._unhashable.items()}
        return copy

    def _key(self, value: Any) -> Hashable:
        """Return something hashable that is equal for the same values only."""
        kind = _class_of(value)
        if kind is partial:
            return kind, self._key((value.func, value.args, value.keywords))
        equality = _equality(kind)
        if equality in _SEQUENCES:
            return kind, tuple([self._key(item) for item in value])
        if equality in _MAPPINGS:
            return kind, frozenset([(self._key(key), self._key(item)) for key, item in value.items()])
        if equality in _SETS:
            return kind, frozenset([self._key(item) for item in value])
        try:
            hash(value)
        except TypeError:
            return kind, self._position(kind, value)
        return kind, value

    def _position(self, kind: type, value: object) -> int:
        """Return the same number for equal objects of one class."""
        known = self._unhashable.setdefault(kind, [])
        for position, other in enumerate(known):
            if other is value or other == value:
                return position
        known.append(value)
        return len(known) - 1

    def __repr__(self) -> str:
        return "DropDuplicates()"
