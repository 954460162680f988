"""Equality that tells 1 from True, and a list from a tuple."""

from __future__ import annotations

from typing import Any


def alike(left: Any, right: Any) -> bool:
    """Return whether two values are equal and of one type, all the way down; one NaN is like another."""
    kind = _kind(left)
    if kind is not _kind(right):
        return False
    if kind is dict:
        return alike([*left.items()], [*right.items()])
    if kind in (list, tuple):
        return len(left) == len(right) and all(map(alike, left, right))
    return bool(left == right) or (left != left and right != right)


def _kind(value: object) -> type[object]:
    return type(value)
