"""Arguments in terms of JSON."""

from __future__ import annotations

from collections.abc import Iterable
from json import JSONEncoder
from typing import Any

from airlock.integrations.executors.django_tasks import _database
from airlock.integrations.executors.django_tasks._frameworks import normaliser_of

# Django itself lets pass what is no JSON, such as NaN, and leaves it to the database to find out.
_encode = JSONEncoder(ensure_ascii=False, allow_nan=False).encode
_LARGE = 2**63
_LONG = 1000


def in_json(task: object, backend: object, value: object) -> tuple[Any, int]:
    """Return what becomes of a value on its way to a worker, and how many characters it is as JSON.

    Raises:
        Exception: JSON, or the backend's database, does not have it.
    """
    found = normaliser_of(task)(value)
    text = _encode(found)
    text.encode()
    if _database.keeps_rows(backend):
        _database.check_text(text)
    return found, len(text)


def are_simple(values: Iterable[object]) -> bool:
    """Return whether all values are numbers and short words: most are, and there is nothing to do for them."""
    for value in values:
        kind = type(value)
        if kind is str:
            text: Any = value
            if len(text) > _LONG or not text.isascii() or "\0" in text:
                return False
        elif kind is int:
            number: Any = value
            if not -_LARGE < number < _LARGE:
                return False
        elif not (kind is bool or value is None):
            return False
    return True
