"""The options of `apply_async` that a caller may give, and what their values must be.

Celery ignores an option that it does not know, and finds out about some wrong values only when a worker reads them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from math import isfinite
from typing import Any, NamedTuple, cast

from airlock.integrations.executors.celery._library import library, publish_knows

_LONGEST = 2**31
_OWN_HEADERS = frozenset({"id", "task"})
"""Headers of a message's own: with them it would run something else than the intent's task, or under another id."""
_RETRY_POLICY = frozenset({"interval_max", "interval_start", "interval_step", "max_retries", "retry_errors"})


class _Check(NamedTuple):
    """What a value must be, in words and as a test."""

    wanted: str
    passes: Callable[[Any], bool]


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool)


def _is_string(value: Any) -> bool:
    return isinstance(value, str)


def _is_sequence(value: Any) -> bool:
    return isinstance(value, list | tuple)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _is_length(value: Any) -> bool:
    return _is_number(value) and value >= 0


def _is_delay(value: Any) -> bool:
    # Celery adds it to the current time, and refuses what is far in the past.
    return _is_number(value) and abs(value) < _LONGEST


def _is_moment(value: Any) -> bool:
    if isinstance(value, str):
        try:
            datetime.fromisoformat(value)
        except ValueError:
            return False
        return True
    return isinstance(value, datetime)


def _is_signatures(value: Any) -> bool:
    signatures: Any = value if _is_sequence(value) else [value]
    return all(isinstance(signature, dict) and "task" in signature for signature in signatures)


def _is_expiry(value: Any) -> bool:
    return _is_delay(value) or _is_moment(value)


def _is_priority(value: Any) -> bool:
    return _is_int(value) and 0 <= value <= 255


def _is_delivery_mode(value: Any) -> bool:
    return value in ("transient", "persistent") or (_is_int(value) and value in (1, 2))


def _is_retry_policy(value: Any) -> bool:
    return isinstance(value, Mapping) and value.keys() <= _RETRY_POLICY


def _is_headers(value: Any) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(name, str) and name not in _OWN_HEADERS for name in cast("Mapping[object, object]", value)
    )


def _is_exchange(value: Any) -> bool:
    # The one without a name is RabbitMQ's default.
    return isinstance(value, str | library("kombu").Exchange)


def _is_queue(value: Any) -> bool:
    return _is_text(value) or isinstance(value, library("kombu").Queue)


_TEXT = _Check("a string that is not empty", _is_text)
_BOOLEAN = _Check("True or False", _is_bool)
_SECONDS = _Check("a number of seconds, 0 or more", _is_length)
_SIGNATURES = _Check("a signature or a list of signatures", _is_signatures)

_CHECKS: dict[str, _Check] = {
    "add_to_parent": _BOOLEAN,
    "argsrepr": _Check("a string", _is_string),
    "compression": _TEXT,
    "confirm_timeout": _SECONDS,
    "countdown": _Check("a number of seconds", _is_delay),
    "declare": _Check("a list of kombu queues and exchanges", _is_sequence),
    "delivery_mode": _Check(
        "1, 2, 'transient' or 'persistent'",
        _is_delivery_mode,
    ),
    "eta": _Check("a datetime, or one in ISO 8601 format", _is_moment),
    "exchange": _Check("a string or a kombu.Exchange", _is_exchange),
    "expires": _Check(
        "a number of seconds, a datetime, or one in ISO 8601 format",
        _is_expiry,
    ),
    "group_id": _TEXT,
    "headers": _Check("a mapping with strings as keys, without the headers id and task of Celery's own", _is_headers),
    "ignore_result": _BOOLEAN,
    "kwargsrepr": _Check("a string", _is_string),
    "link": _SIGNATURES,
    "link_error": _SIGNATURES,
    "parent_id": _TEXT,
    "priority": _Check("an integer from 0 to 255", _is_priority),
    "queue": _Check("a string or a kombu.Queue", _is_queue),
    "reply_to": _TEXT,
    "retry": _BOOLEAN,
    "retry_policy": _Check(f"a mapping of {', '.join(sorted(_RETRY_POLICY))}", _is_retry_policy),
    "root_id": _TEXT,
    "routing_key": _TEXT,
    "serializer": _TEXT,
    "shadow": _TEXT,
    "soft_time_limit": _SECONDS,
    "task_id": _TEXT,
    "time_limit": _SECONDS,
    "timeout": _SECONDS,
}

OPTIONS = frozenset(_CHECKS)


def check_options(options: Mapping[str, Any]) -> None:
    """Raise unless every value is one that Celery can use; `None` stands for its default.

    Raises:
        TypeError: A value is of the wrong kind, or one option would silently win over another.
    """
    for name, value in options.items():
        wanted, passes = _CHECKS[name]
        if value is not None and not passes(value):
            raise TypeError(f"option {name!r} must be {wanted}, not {value!r}")
        if isinstance(value, str):
            _check_text(name, value)
    if options.get("confirm_timeout") is not None and not publish_knows("confirm_timeout"):
        raise TypeError("option 'confirm_timeout' needs a newer kombu")
    if options.get("compression") is not None:
        _check_compression(options["compression"])


def check_together(options: Mapping[str, Any]) -> None:
    """Raise where one option would silently win over another, those that a signature brings along included.

    Raises:
        TypeError: They cannot be meant together.
    """
    if options.get("countdown") is not None and options.get("eta") is not None:
        raise TypeError("options 'countdown' and 'eta' both say when; Celery would ignore 'eta'")
    hard: Any = options.get("time_limit")
    soft: Any = options.get("soft_time_limit")
    if _is_number(hard) and _is_number(soft) and soft > hard:
        raise TypeError(f"option 'soft_time_limit', {soft!r}, is longer than 'time_limit', {hard!r}")


def _check_text(name: str, value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise TypeError(f"option {name!r} cannot be encoded: {error}") from error


def _check_compression(name: str) -> None:
    try:
        library("kombu.compression").get_encoder(name)
    except KeyError:
        known = ", ".join(library("kombu.compression").encoders())
        raise TypeError(f"option 'compression' is {name!r}, and kombu has only {known}") from None
