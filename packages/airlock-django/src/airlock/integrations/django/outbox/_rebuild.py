"""From an entry back to its intents, after it has been seen to be what a scope has recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airlock import AirlockError
from airlock.integrations.django.outbox._body import READERS, VERSION, executor_of, intent_of, read_body
from airlock.integrations.django.outbox._codec import dumps
from airlock.integrations.django.outbox._deliver import route
from airlock.integrations.django.outbox._job import Wanted
from airlock.integrations.django.outbox._signing import is_signed, sign

if TYPE_CHECKING:
    from airlock.integrations.django.outbox._claims import Entry


class UnreadableEntryError(AirlockError):
    """An entry that nobody may send, because it is not what a scope has recorded."""


def rebuild(entry: Entry, alias: str) -> list[Wanted]:
    """Return the intents of an entry that are not accounted for; those that cannot be made here have an error.

    Raises:
        UnreadableEntryError: It is not signed by this project, or cannot be read.
    """
    if not is_signed(entry.mac, entry.body, alias=alias, **_signed_with(entry)):
        raise UnreadableEntryError(
            "its signature is not that of this project: it was edited, or SECRET_KEY was changed"
        )
    if entry.version not in READERS:
        raise UnreadableEntryError(f"its version is {entry.version}, and there is no such version")
    try:
        records = read_body(entry.body, entry.version)
    except ValueError as error:
        raise UnreadableEntryError(f"its body cannot be read: {type(error).__name__}") from error
    if len(records) != entry.size or not 0 <= entry.done < entry.size:
        raise UnreadableEntryError("its body does not hold as many intents as it says")
    executors: dict[Any, Any] = {}
    return [_wanted(record, executors) for record in records[entry.done :]]


def only_intent(entry: Entry, index: int, alias: str) -> tuple[str, str]:
    """Return one intent of an entry as a body of its own, of the newest version, and its signature."""
    body = dumps([read_body(entry.body, entry.version)[index]])
    signed: dict[str, Any] = {**_signed_with(entry), "version": VERSION}
    return body, sign(body, alias=alias, **signed)


def _signed_with(entry: Entry) -> Any:
    return {"version": entry.version, "audience": entry.audience, "scope": entry.scope, "part": entry.part}


def _wanted(record: dict[str, Any], executors: dict[Any, Any]) -> Wanted:
    try:
        intent = intent_of(record)
        name = record.get("executor")
        executor = executors.get(name)
        if executor is None:
            executor = executors[name] = executor_of(record)
        return Wanted(record["id"], record["task"], route(executor, intent), intent)
    except (Exception, SystemExit) as error:
        # A module of tasks that is imported for it may be a script.
        return Wanted(str(record.get("id")), str(record.get("task")), None, None, error)
