"""Reading savepoints out of SQL, whoever wrote it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

SAVEPOINT, RELEASE, ROLL_BACK_TO, ROLL_BACK = "savepoint", "release", "roll back to", "roll back"


class Step(NamedTuple):
    """What one statement does to savepoints; to roll back everything needs no name."""

    kind: str
    name: str = ""


_WORDS = ("savepoint", "rollback", "release", "abort")
_ANY_WORD = re.compile("|".join(_WORDS), re.IGNORECASE)
COMMON = frozenset(verb[:2] for word in ("SELECT", "INSERT", "UPDATE", "DELETE") for verb in (word, word.lower()))
"""What SQL begins with that has nothing to do with savepoints, unless another statement comes after it."""


def read(sql: Any, vendor: str, cursor: Any) -> Iterator[Step]:
    """Return what SQL does to savepoints.

    Arguments:
        sql: One statement or several, with comments or without, or what the driver composes SQL of.
        vendor: The kind of database.
        cursor: The driver's own, which composed SQL is quoted for.
    """
    if hasattr(sql, "as_string"):
        sql = sql.as_string(cursor)
    text = sql.decode(errors="replace") if isinstance(sql, bytes) else str(sql)
    if not _ANY_WORD.search(text):
        return
    words: list[str] = []
    for token in _tokens(vendor).finditer(text + "\n;"):
        if token.lastgroup == "word":
            words.append(token.group())
        elif token.lastgroup == "end":
            if words and words[0].lower() in _WORDS:
                yield from _step(words, vendor)
            words = []


@cache
def _tokens(vendor: str) -> re.Pattern[str]:
    comment = r"--[^\n]*|/\*.*?\*/"
    inside = r"[^']|''"
    if vendor == "mysql":
        comment += r"|\#[^\n]*"
        inside = r"[^'\\]|\\.|''"
    return re.compile(
        rf"(?:\s+|{comment}|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)"
        rf"|(?P<word>\"(?:[^\"]|\"\")*\"|`(?:[^`]|``)*`|\[[^\]]*\]|'(?:{inside})*'|[^\s;\"'`\[\]/#-]+|[^;])"
        r"|(?P<end>;)",
        re.DOTALL,
    )


def _step(words: list[str], vendor: str) -> Iterator[Step]:
    verb, *rest = words
    verb = verb.lower()
    if verb in ("rollback", "abort"):
        rest = _without(("work", "transaction"), rest)
        if not rest or rest[0].lower() != "to":
            if not rest or rest[0].lower() != "prepared":
                yield Step(ROLL_BACK)
            return
        kind, rest = ROLL_BACK_TO, rest[1:]
    else:
        kind = SAVEPOINT if verb == "savepoint" else RELEASE
    if kind is not SAVEPOINT and len(rest) > 1:
        rest = _without(("savepoint",), rest)
    if rest:
        yield Step(kind, _name(rest[0], vendor))


def _without(optional: tuple[str, ...], words: list[str]) -> list[str]:
    return words[1:] if words and words[0].lower() in optional else words


def _name(word: str, vendor: str) -> str:
    """Return a savepoint's name as the database compares it."""
    quote = word[0]
    if quote not in "\"`['":
        return word.lower()
    name = word[1:-1].replace(quote * 2, quote)
    return name if vendor == "postgresql" else name.lower()
