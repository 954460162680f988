"""What a recording looks like to somebody who has to find out what went wrong."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from airlock.testing._differences import clip
from airlock.testing._recorder import RecordingScope

if TYPE_CHECKING:
    from airlock import Intent, Origin, Scope
    from airlock.testing._recording import Recording
    from airlock.testing._tasks import Wanted

T = TypeVar("T")

LIMIT = 10
"""How many intents are shown before the rest is counted."""
WIDTH = 52
"""How many characters of an intent are shown."""
WIDE = 80
"""How many characters of an intent are shown that stands alone on its line."""
_PLACE = 40
_FUNCTION = 28
_REASON = 76


def describe(
    recording: Recording, details: Mapping[int, Sequence[str]] | None = None, wanted: Wanted | None = None
) -> str:
    """Return what was recorded, dropped and not let out yet, in order and with its origins.

    Arguments:
        recording: The recording.
        details: Lines to show below intents, by the position of the intent in the recording; those are always shown.
        wanted: The task that is looked for; of what is not in the recording, its intents are shown first.
    """
    details = details or {}
    shown = sorted([*details, *(at for at in range(len(recording)) if at not in details)][: max(LIMIT, len(details))])
    rows = [(f"{at + 1}. ", recording[at], details.get(at, ())) for at in shown]
    sections = [
        _section("Enqueued, in order:" if rows else "Nothing was enqueued.", rows, len(recording)),
        _dropped(recording, wanted),
        _pending(recording, wanted),
    ]
    return "\n\n".join(section for section in sections if section)


def summary(recording: Recording) -> str:
    """Return what was recorded on one line."""
    text = f"{count(recording, 'intent')} recorded"
    if recording:
        text += f": {', '.join(clip(str(intent), WIDTH) for intent in recording[:LIMIT])}{_more(recording)}"
    if recording.dropped:
        text += f"; {len(recording.dropped)} dropped"
    if recording.pending:
        text += f"; {len(recording.pending)} not let out yet"
    return text


def place(origin: Origin | None) -> str:
    """Return where an intent comes from, the file relative to where the tests run."""
    if origin is None:
        return ""
    try:
        here = os.getcwd()  # noqa: PTH109 - pathlib would have to be imported
    except OSError:
        here = ""
    where = f"{origin.filename.removeprefix(here + os.sep)}:{origin.line}"
    where = where if len(where) <= _PLACE else f"...{where[3 - _PLACE :]}"
    return f"{where} {clip(origin.function.replace('.<locals>', ''), _FUNCTION)}"


def line(intent: Intent) -> str:
    """Return an intent and where it comes from, on one line."""
    return f"{clip(str(intent), WIDTH)}  {place(intent.origin)}".rstrip()


def _dropped(recording: Recording, wanted: Wanted | None) -> str:
    found = _wanted_first(wanted, [(entry.intent, entry.reason) for entry in recording.dropped])
    rows = [("", intent, [clip(reason, _REASON)]) for intent, reason in found[:LIMIT]]
    return _section("Dropped:", rows, len(found)) if rows else ""


def _pending(recording: Recording, wanted: Wanted | None) -> str:
    found = _wanted_first(wanted, recording.pending)
    rows = [("", intent, [_fate(scope)]) for intent, scope in found[:LIMIT]]
    return _section("Not let out:", rows, len(found)) if rows else ""


def _wanted_first(wanted: Wanted | None, found: list[tuple[Intent, T]]) -> list[tuple[Intent, T]]:
    return found if wanted is None else sorted(found, key=lambda pair: not wanted.names(pair[0]))


def _fate(scope: Scope) -> str:
    """Return what keeps back what was enqueued in a scope."""
    holder = scope
    while holder.is_flushed and holder.parent is not None:
        holder = holder.parent
    if holder.is_active and not isinstance(holder, RecordingScope):
        return f"its {type(holder).__qualname__} is still open"
    if holder.is_flushed or holder is not scope:
        return f"its {type(scope).__qualname__} failed when it was flushed"
    return f"its {type(scope).__qualname__} was left, but neither flushed nor discarded"


def count(things: Sequence[object], noun: str) -> str:
    """Return how many things there are, in words."""
    return f"{len(things):,} {noun}{'' if len(things) == 1 else 's'}"


def times(number: int) -> str:
    """Return how often something happened, in words."""
    return "once" if number == 1 else f"{number:,} times"


def _section(head: str, rows: Sequence[tuple[str, Intent, Sequence[str]]], total: int) -> str:
    lines = [head]
    texts = [clip(str(intent), WIDTH) for _, intent, _ in rows]
    width = max(map(len, texts), default=0)
    margin = max((len(number) for number, _, _ in rows), default=0)
    for (number, intent, details), text in zip(rows, texts, strict=True):
        lines.append(f"  {number.rjust(margin)}{text.ljust(width)}  {place(intent.origin)}".rstrip())
        lines += [f"  {' ' * margin}  {detail}" for detail in details]
    if total > len(rows):
        lines.append(f"  (and {total - len(rows):,} more)")
    return "\n".join(lines)


def _more(recording: Sequence[object]) -> str:
    return f" (and {len(recording) - LIMIT:,} more)" if len(recording) > LIMIT else ""
