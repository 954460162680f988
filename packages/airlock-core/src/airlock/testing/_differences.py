"""What differs between two calls, in as few words as will do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

from airlock._intent import short

_SHOWN = 5
_WIDTH = 36
_BEFORE = 12
_DEPTH = 6
_ABSENT: Any = object()
_class_of: Callable[[object], type[Any]] = type


def differences(actual: Mapping[str, Any], expected: Mapping[str, Any]) -> list[str]:
    """Return a line for each argument that differs, `name: actual != expected`."""
    names = [*actual, *(name for name in expected if name not in actual)]
    return [line for name in names for line in _compare(name, actual.get(name, _ABSENT), expected.get(name, _ABSENT))]


def equal(expected: object, actual: object) -> bool:
    """Return whether a value is what a test expects; its expectation decides, as `unittest.mock.ANY` does."""
    try:
        return bool(expected == actual)
    except Exception:
        # What cannot be compared, such as an array with more than one element, is the same object or another.
        return expected is actual


def clip(text: str, width: int) -> str:
    """Return a text on one line, its end cut off where it is too long."""
    text = " ".join(text.split())
    return text if len(text) <= width else f"{text[: width - 3]}..."


def _compare(name: str, actual: Any, expected: Any) -> list[str]:
    if actual is _ABSENT:
        return [f"{name}: missing, {clip(_repr(expected), _WIDTH)} expected"]
    if expected is _ABSENT:
        return [f"{name}: {clip(_repr(actual), _WIDTH)}, not expected"]
    if equal(expected, actual):
        return []
    lines = [*islice(_leaves(name, actual, expected), _SHOWN + 1)]
    return lines if len(lines) <= _SHOWN else [*lines[:_SHOWN], f"{name}: more differences"]


def _leaves(path: str, actual: Any, expected: Any, depth: int = 0) -> Iterator[str]:
    """Descend into dictionaries and lists to what is different in there."""
    pairs = _pairs(path, actual, expected) if depth < _DEPTH else None
    if pairs is None:
        yield f"{path}: {' != '.join(_contrast(actual, expected))}"
        return
    for inner, one, other in pairs:
        if one is _ABSENT or other is _ABSENT:
            yield from _compare(inner, one, other)
        elif not equal(other, one):
            yield from _leaves(inner, one, other, depth + 1)


def _pairs(path: str, actual: Any, expected: Any) -> list[tuple[str, Any, Any]] | None:
    kind, other = map(_class_of, (actual, expected))
    if kind is not other:
        return None
    if kind is dict:
        keys: list[Any] = [*actual, *(key for key in expected if key not in actual)]
        return [(f"{path}[{_repr(key)}]", actual.get(key, _ABSENT), expected.get(key, _ABSENT)) for key in keys]
    if kind in (list, tuple) and len(actual) == len(expected):
        return [(f"{path}[{index}]", *pair) for index, pair in enumerate(zip(actual, expected, strict=True))]
    return None


def _contrast(actual: Any, expected: Any) -> tuple[str, str]:
    """Return both values as text, long ones around the place where they part."""
    one, other = _repr(actual), _repr(expected)
    if one == other:
        return one, f"another {type(expected).__qualname__} that looks the same"
    if max(len(one), len(other)) <= _WIDTH:
        return one, other
    parted = next((i for i, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), _WIDTH)
    start = max(0, parted - _BEFORE)
    return _window(one, start), _window(other, start)


def _window(text: str, start: int) -> str:
    end = start + _WIDTH
    return f"{'...' if start else ''}{text[start:end]}{'...' if end < len(text) else ''}"


def _repr(value: object) -> str:
    """Return a value as text; strings whole, since what differs may be far inside, all else cut short."""
    return repr(value) if type(value) in (str, bytes) else short.repr(value)
