"""Values as JSON that comes back as what it was, or a TypeError.

What JSON has no word for is an object with one key, a tag: `{"$date": "2026-11-20"}`. In a dictionary of the caller's
own that looks like one, the key gets a second dollar sign.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from functools import lru_cache
from math import isfinite
from typing import Any, Final, NoReturn, cast
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_DEEPEST = 100
"""How deep containers may be nested, which any process can read."""
_INTEGER_BITS = 2048
"""What Python reads however its limit on the digits of integers is set."""


_to_text: Final = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


class UnrecordableError(TypeError):
    """A value that would not come back from JSON as it was.

    Attributes:
        path: Where it stands in the value that was given, as in `["lines"][2]`.
        reason: What it is, and what to give instead.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.path = ""
        self.reason = reason


def encode(value: object, depth: int = 0) -> Any:
    """Return a value in terms of JSON.

    Raises:
        UnrecordableError: It would not come back as it was.
    """
    encoder = _ENCODERS.get(type(value))
    if encoder is None:
        _refuse(value)
    return encoder(value, depth)


def dumps(encoded: Any) -> str:
    """Return encoded values as text, in ASCII for the sake of databases that know nothing else."""
    return _to_text(encoded)


def decode(encoded: Any) -> Any:
    """Return the value that was encoded.

    Raises:
        ValueError: `encode()` did not make it.
    """
    try:
        return _decode(encoded)
    except (ArithmeticError, LookupError, RecursionError, TypeError) as error:
        raise ValueError(f"not in the format of the outbox: {type(error).__name__}") from error


def _same(value: Any, depth: int) -> Any:
    return value


def _text(value: str, depth: int) -> str:
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise UnrecordableError("is text with half a surrogate pair, which no encoding can carry") from None
    return value


def _integer(value: int, depth: int) -> int:
    if value.bit_length() > _INTEGER_BITS:
        raise UnrecordableError(f"is an integer of {value.bit_length()} bits; at most {_INTEGER_BITS} can be recorded")
    return value


def _number(value: float, depth: int) -> float:
    if not isfinite(value):
        raise UnrecordableError(f"is {value!r}, which JSON has no word for; give None")
    return value


def _list(value: list[Any], depth: int) -> list[Any]:
    _check_depth(depth)
    encoded: list[Any] = []
    try:
        for each in value:
            encoded.append(encode(each, depth + 1))  # noqa: PERF401 - how many there are says where it failed
    except UnrecordableError as error:
        error.path = f"[{len(encoded)}]{error.path}"
        raise
    return encoded


def _tuple(value: tuple[Any, ...], depth: int) -> dict[str, Any]:
    return {"$tuple": _list(cast("list[Any]", value), depth)}


def _dictionary(value: dict[Any, Any], depth: int) -> dict[str, Any]:
    _check_depth(depth)
    encoded: dict[str, Any] = {}
    for key, each in value.items():
        if type(key) is not str:
            raise UnrecordableError(f"has the key {key!r}, and JSON has text as keys only; give a list of pairs")
        try:
            encoded[_text(key, depth)] = encode(each, depth + 1)
        except UnrecordableError as error:
            error.path = f"[{key!r}]{error.path}"
            raise
    if len(encoded) == 1:
        ((key, each),) = encoded.items()
        if key[:1] == "$":
            return {f"${key}": each}
    return encoded


def _datetime(value: datetime, depth: int) -> dict[str, Any]:
    zone = value.tzinfo
    if type(zone) is ZoneInfo and zone.key and _is_known(zone.key):
        return {"$datetime": [value.replace(tzinfo=None).isoformat(), value.fold, zone.key]}
    _check_zone(zone)
    return {"$datetime": [value.isoformat(), value.fold] if value.fold else value.isoformat()}


@lru_cache(maxsize=1_024)
def _is_known(zone: str) -> bool:
    """Return whether another process finds a time zone by its name: one from a file may be called anything."""
    try:
        ZoneInfo(zone)
    except (OSError, ValueError, ZoneInfoNotFoundError):
        return False
    return True


def _time(value: time, depth: int) -> dict[str, Any]:
    _check_zone(value.tzinfo)
    return {"$time": [value.isoformat(), value.fold] if value.fold else value.isoformat()}


def _timedelta(value: timedelta, depth: int) -> dict[str, Any]:
    return {"$timedelta": [value.days, value.seconds, value.microseconds]}


_ENCODERS: dict[type, Callable[[Any, int], Any]] = {
    str: _text,
    int: _integer,
    bool: _same,
    type(None): _same,
    float: _number,
    list: _list,
    dict: _dictionary,
    tuple: _tuple,
    datetime: _datetime,
    date: lambda value, _: {"$date": value.isoformat()},
    time: _time,
    timedelta: _timedelta,
    UUID: lambda value, _: {"$uuid": value.hex},
    Decimal: lambda value, _: {"$decimal": str(value)},
    bytes: lambda value, _: {"$bytes": b64encode(value).decode()},
}


def _to_datetime(value: Any) -> datetime:
    if isinstance(value, str):
        return datetime.fromisoformat(value)
    moment = datetime.fromisoformat(value[0]).replace(fold=value[1])
    return moment.replace(tzinfo=ZoneInfo(value[2])) if len(value) > len(("moment", "fold")) else moment


def _to_time(value: Any) -> time:
    return time.fromisoformat(value) if isinstance(value, str) else time.fromisoformat(value[0]).replace(fold=value[1])


_DECODERS: dict[str, Callable[[Any], Any]] = {
    "$tuple": tuple,
    "$datetime": _to_datetime,
    "$date": date.fromisoformat,
    "$time": _to_time,
    "$timedelta": lambda value: timedelta(*value),
    "$uuid": UUID,
    "$decimal": Decimal,
    "$bytes": lambda value: b64decode(value, validate=True),
}


def _decode(encoded: Any) -> Any:
    if isinstance(encoded, list):
        return [_decode(each) for each in cast("list[object]", encoded)]
    if not isinstance(encoded, dict):
        return encoded
    fields = cast("dict[str, object]", encoded)
    if len(fields) == 1:
        ((key, content),) = fields.items()
        if key[:1] == "$":
            content = _decode(content)
            return {key[1:]: content} if key[:2] == "$$" else _DECODERS[key](content)
    return {key: _decode(each) for key, each in fields.items()}


def _check_depth(depth: int) -> None:
    if depth >= _DEEPEST:
        raise UnrecordableError(f"is nested deeper than {_DEEPEST} levels, or holds itself")


def _check_zone(zone: tzinfo | None) -> None:
    if zone is None:
        return
    if type(zone) is timezone:
        # What is less than a second is lost where the text is read.
        if zone.utcoffset(None).microseconds:
            raise UnrecordableError("has an offset from UTC that is no whole number of seconds")
        return
    raise UnrecordableError(
        f"has a time zone of {type(zone).__module__}.{type(zone).__qualname__}, which cannot be told from its offset; "
        "give a datetime in UTC, or with a zoneinfo.ZoneInfo that is found by its key"
    )


def _refuse(value: object) -> NoReturn:
    kind = type(value)
    name = f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")
    base = next((base for base in kind.__mro__[1:] if base in _ENCODERS), None)
    if hasattr(kind, "_meta") and hasattr(value, "pk"):
        cure = "give its primary key"
    elif hasattr(value, "value") and hasattr(kind, "__members__"):
        cure = "give its value"
    elif isinstance(value, set | frozenset):
        cure = "give a sorted list"
    elif base is not None:
        cure = f"it would come back as {base.__name__}; give that"
    else:
        cure = "give what it is made from: text, numbers, lists and dictionaries of them, datetimes, UUIDs, bytes"
    raise UnrecordableError(f"is of the type {name}, which the outbox cannot record; {cure}")
