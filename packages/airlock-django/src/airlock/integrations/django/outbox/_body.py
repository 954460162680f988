"""From intents to the text of an entry, and back."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, cast
from uuid import UUID

import airlock
from airlock import Intent, InvalidIntentError, UsageError
from airlock._context import Carrying
from airlock._executors import find_executor, installed, resolve
from airlock._naming import simple_name
from airlock.integrations.django.outbox._codec import UnrecordableError, decode, encode
from airlock.integrations.django.outbox._registry import name_of, task_of
from airlock.integrations.django.outbox._settings import required_settings
from airlock.integrations.executors._queue import _parameters

VERSION: Final = 1
"""The format of what is written here."""
_FIXED: Final = frozenset({str, int, bool, type(None), float, bytes, UUID, Decimal, datetime, date})
_MAPPINGS: Final = ("kwargs", "options")


def record_of(intent: Intent, executor: Any, executor_name: str) -> dict[str, Any]:
    """Return one intent in terms of JSON; the body of an entry is a list of them.

    Arguments:
        intent: The intent.
        executor: Who is to send it.
        executor_name: What `name_of_executor()` says of that one.

    Raises:
        UsageError: Its task is not registered.
        InvalidIntentError: An argument or an option cannot be recorded; it is a `TypeError`.
    """
    try:
        record: dict[str, Any] = {"id": intent.id.hex, "task": name_of(intent.task)}
    except UsageError as error:
        error.intent = intent
        raise
    if executor_name:
        record["executor"] = executor_name
    try:
        record["args"] = [encode(value) for value in intent._args]
        record["kwargs"] = {encode(key): encode(value) for key, value in intent._kwargs.items()}
    except UnrecordableError:
        _blame_argument(intent)
        raise
    options = intent._options and options_for(intent, executor)
    if options:
        record["options"] = {key: _checked(intent, f"option {key!r}", value) for key, value in options.items()}
    context = intent.context
    if context:
        record["context"] = {key: _checked(intent, f"context {key!r}", value) for key, value in context.items()}
    if intent._name is not None and intent._name != simple_name(intent.task):
        record["name"] = _checked(intent, "name", intent._name)
    return record


def copy_of(intent: Intent, record: dict[str, Any]) -> Intent:
    """Return an intent as it was recorded: itself, unless it has an argument that may change."""
    if intent._options is None and _FIXED.issuperset(map(type, (*intent._args, *intent._kwargs.values()))):
        return intent
    kwargs, options = ({key: decode(value) for key, value in record.get(field, {}).items()} for field in _MAPPINGS)
    args = tuple(decode(value) for value in record["args"])
    copy = Intent(intent.task, args, kwargs, options or None, intent.origin, intent._name, context=intent.context)
    copy._id = intent.id
    return copy


def read_body(body: str, version: int) -> list[dict[str, Any]]:
    """Return what stands in a body, one for each intent; `intent_of()` makes one of each, and `dumps()` of their list a
    body again, of the newest version.

    Raises:
        ValueError: It is no such body, or there is no such version.
    """
    reader = READERS.get(version)
    if reader is None:
        raise ValueError(f"not in the format of the outbox: there is no version {version}")
    return reader(body)


def _records(body: str) -> list[dict[str, Any]]:
    try:
        records: object = json.loads(body)
    except RecursionError as error:
        raise ValueError("not in the format of the outbox: nested without an end") from error
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in cast("list[object]", records)):
        raise ValueError("not in the format of the outbox: no list of objects")
    return cast("list[dict[str, Any]]", records)


READERS: Final[dict[int, Callable[[str], list[dict[str, Any]]]]] = {VERSION: _records}
"""How a body of each version is read, older ones as if they had been written today."""


def intent_of(record: Mapping[str, Any]) -> Intent:
    """Return the intent that was recorded.

    Raises:
        UnknownTaskError: Nothing in this process has registered its task.
        ValueError: It is no record of an intent.
        InvalidIntentError: It has an option that may not be recorded.
    """
    try:
        task, name = record["task"], record.get("name")
        id_ = UUID(record["id"])
        args, kwargs = decode(record["args"]), {key: decode(value) for key, value in record["kwargs"].items()}
        options = {key: decode(value) for key, value in record.get("options", {}).items()}
        context = {key: decode(value) for key, value in record.get("context", {}).items()}
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"not in the format of the outbox: {type(error).__name__}") from error
    fits = isinstance(task, str) and isinstance(args, list) and isinstance(name, str | None)
    if not fits:
        raise ValueError("not in the format of the outbox: a field of the wrong type")
    origin: Any = Carrying(None, context) if context else None
    intent = Intent(task_of(task), tuple(cast("list[Any]", args)), kwargs, options or None, origin, name)
    intent._id = id_
    if options:
        options_for(intent, executor_of(record))
    return intent


def shown_id(recorded: str) -> str:
    """Return the id of an intent in the form that it has outside the table, so that one search finds it everywhere."""
    try:
        return str(UUID(recorded))
    except ValueError:
        return recorded


def executor_of(record: Mapping[str, Any]) -> Any:
    """Return who is to send what was recorded.

    Raises:
        UsageError: This process knows no executor of that name.
    """
    name = record.get("executor")
    if name is None:
        return resolve(airlock.get_configuration().executor)
    own = required_settings().executors.get(name)
    return find_executor(name) if own is None else own


def name_of_executor(executor: Any) -> str:
    """Return the name by which another process finds an executor, nothing for the one that is configured.

    Raises:
        UsageError: It has none.
    """
    if executor is resolve(airlock.get_configuration().executor):
        return ""
    for name, own in required_settings().executors.items():
        if own is executor:
            return name
    for name in installed():
        if find_executor(name) is executor:
            return name
    raise UsageError(
        f"The outbox cannot record who is to send: {executor!r} is not the configured executor, and has no name. Give "
        "it one in AIRLOCK['OUTBOX']['EXECUTORS']."
    )


def options_for(intent: Intent, executor: Any) -> Mapping[str, Any]:
    """Return the dispatch options that are to be recorded: all of them, or none for who ignores them.

    Raises:
        InvalidIntentError: There is one that no record may hold.
    """
    recordable = getattr(executor, "recordable_options", None)
    allowed: Collection[str] | None = () if recordable is None else recordable(intent.task)
    if allowed is None:
        return {}
    for option in intent.dispatch_options:
        if option not in allowed:
            known = f"{executor!r} lets {', '.join(sorted(allowed))} be recorded" if allowed else "none may be recorded"
            raise InvalidIntentError(
                f"The outbox cannot record the option {option!r} of {intent.name}, intent {intent.id}: {known}",
                intent=intent,
            )
    return intent.dispatch_options


def _blame_argument(intent: Intent) -> None:
    """Raise for the argument that cannot be recorded."""
    names = _parameters(intent.task)
    for position, value in enumerate(intent._args):
        name = repr(names[position]) if position < len(names) else str(position + 1)
        _checked(intent, f"argument {name}", value)
    for key, value in intent._kwargs.items():
        _checked(intent, f"argument {key!r}", key)
        _checked(intent, f"argument {key!r}", value)


def _checked(intent: Intent, what: str, value: Any) -> Any:
    try:
        return encode(value)
    except UnrecordableError as error:
        raise InvalidIntentError(
            f"The outbox cannot record {intent.name}, intent {intent.id}: {what}{error.path} {error.reason}",
            intent=intent,
        ) from None
