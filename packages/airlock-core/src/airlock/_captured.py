"""What a scope took over from one that ended inside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias, cast

from airlock._intent import Intent

if TYPE_CHECKING:
    from airlock._scope import Scope


class Captured:
    """The intents of a scope that has ended, moved as one: capture costs the same for one and for a million."""

    __slots__ = ("entries", "scope_class")

    def __init__(self, entries: Sequence[Entry], scope_class: type[Scope]) -> None:
        self.entries = entries
        self.scope_class = scope_class


Entry: TypeAlias = Intent | Captured


def flatten(entries: Sequence[Entry]) -> list[Intent]:
    """Return the intents in order, captured ones where their scope ended, at any depth of nesting."""
    if Captured not in set(map(type, entries)):
        return cast("list[Intent]", list(entries))
    flat: list[Intent] = []
    stack: list[Iterator[Entry]] = [iter(entries)]
    while stack:
        for entry in stack[-1]:
            if isinstance(entry, Captured):
                stack.append(iter(entry.entries))
                break
            flat.append(entry)
        else:
            stack.pop()
    return flat
