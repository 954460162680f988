"""What can be wrong with the project: each problem has an id, which the docs and `manage.py airlock` list."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import NamedTuple

IDS = {
    "airlock.E001": "AIRLOCK is no dictionary, or has a key that there is not",
    "airlock.E002": "a value in AIRLOCK is of the wrong type",
    "airlock.E003": "a dotted path in AIRLOCK cannot be imported",
    "airlock.E004": "EXECUTOR is not callable, or no executor of that name is installed",
    "airlock.E005": "POLICY, or a value in COMMANDS, is not a policy",
    "airlock.E006": "SCOPE is not a subclass of airlock.Scope",
    "airlock.E007": "SCOPE does not take what SCOPE_KWARGS and USING give it",
    "airlock.E008": "USING is no alias in DATABASES",
    "airlock.E009": "COMMANDS has a command that there is not",
    "airlock.E010": "MIDDLEWARE has AirlockMiddleware twice",
    "airlock.E011": "OUTBOX is set, and the app of the outbox is not installed",
    "airlock.E012": "a value in CONTEXT is no provider",
    "airlock.W001": "MIDDLEWARE lacks AirlockMiddleware",
    "airlock.W002": "a middleware below AirlockMiddleware may answer for a view that failed",
    "airlock.W003": "models are written to a database whose transactions scopes do not follow",
    "airlock.W004": "effects are performed in the process that enqueues them (only with --deploy)",
    "airlock.W005": "the outbox is on, and its tables are not there (only with --database)",
    "airlock.W006": "the outbox is on, and no relay was seen for a while (only with --database)",
    "airlock.W007": "the outbox is in a database that may lose a commit in a power cut (only with --database)",
    "airlock.W008": "the outbox is on, and ATOMIC_REQUESTS is not (only with --deploy)",
    "airlock.W009": "the outbox is on, and ATOMIC_REQUESTS is without airlock's handlers (only with --deploy)",
    "airlock.W010": "the outbox is on, and RabbitMQ is not asked to confirm messages (only with --deploy)",
    "airlock.W011": "the executor has no place for what CONTEXT says",
    "airlock.W012": "the outbox is on, and SCOPE is a class that records nothing in it (only with --deploy)",
    "airlock.W013": "the outbox is in a SQLite that can lose commits in WAL mode (only with --database)",
}
"""The id of every check, and what it finds. All with an E but E010 keep any process of the project from starting."""


class Problem(NamedTuple):
    """Something that is wrong.

    Attributes:
        id: One of `IDS`.
        message: What was found and where.
        hint: What was meant, or what to do.
        cause: What was raised when a value was tried, if anything was.
    """

    id: str
    message: str
    hint: str = ""
    cause: BaseException | None = None

    def __str__(self) -> str:
        return f"{self.message}. {self.hint}" if self.hint else f"{self.message}."


class SettingError(Exception):
    """A value that cannot be used."""

    def __init__(self, id_: str, found: str, hint: str = "") -> None:
        super().__init__(found, hint)
        self.id = f"airlock.{id_}"
        self.found = found
        self.hint = hint


def did_you_mean(word: object, known: Iterable[str], otherwise: str = "") -> str:
    """Return the question that names the close match, or something else where there is none."""
    exact = {name: name for name in known}
    for names, asked in ((exact, str(word)), ({name.lower(): name for name in exact}, str(word).lower())):
        if matches := get_close_matches(asked, names, n=1):
            return f"Did you mean {names[matches[0]]!r}?"
    return otherwise
