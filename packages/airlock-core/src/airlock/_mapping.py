"""Mappings that callers give."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def copy_of(mapping: object, parameter: str) -> dict[str, Any]:
    """Return a copy of a mapping with names as keys.

    Raises:
        TypeError: It is something else.
    """
    if not isinstance(mapping, Mapping):
        raise TypeError(f"{parameter} is a mapping such as {{'countdown': 60}}, not {mapping!r}")
    copy: dict[Any, Any] = dict(mapping)  # pyright: ignore[reportUnknownArgumentType]
    for key in copy:
        if not isinstance(key, str):
            raise TypeError(f"{parameter} has names as keys; {key!r} is none")
    return copy
