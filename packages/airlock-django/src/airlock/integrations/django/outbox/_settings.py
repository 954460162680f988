"""The setting AIRLOCK["OUTBOX"]: what its keys mean, and what they are where they are not given."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from airlock._executors import installed
from airlock.integrations.django import _values as values
from airlock.integrations.django._problems import Problem, SettingError, did_you_mean

if TYPE_CHECKING:
    from airlock import Executor

_LONGEST_AUDIENCE = 64


class OutboxSettings(NamedTuple):
    """What AIRLOCK["OUTBOX"] says.

    Attributes:
        lease: For how many seconds an entry is its writer's, or a relay's, before another may take it.
        budget: For how many seconds the writer itself dispatches after a commit; a relay has the rest.
        max_attempts: After how many failures an intent becomes a dead letter.
        backoff_first: How many seconds the first failure puts off the next attempt, at most.
        backoff_most: How many seconds any failure puts off the next attempt, at most.
        batch: How many entries a relay claims at once.
        poll: After how many seconds a relay looks again where there was nothing to do.
        chunk_intents: How many intents one entry holds, at most.
        chunk_bytes: How many bytes of JSON one entry holds, at most, unless a single intent is larger.
        audience: Which installation is meant, where several share one database.
        tasks: The dotted paths of functions that may be recorded, and of modules that register some.
        executors: Executors that may be recorded besides those that are installed, by name.
    """

    lease: float = 30.0
    budget: float = 0.25
    max_attempts: int = 5
    backoff_first: float = 1.0
    backoff_most: float = 300.0
    batch: int = 100
    poll: float = 5.0
    chunk_intents: int = 500
    chunk_bytes: int = 262_144
    audience: str = ""
    tasks: tuple[str, ...] = ()
    executors: Mapping[str, Executor] = {}


def outbox_settings() -> OutboxSettings | None:
    """Return what the project says of the outbox, `None` where it does not turn it on."""
    from airlock.integrations.django._settings import settings

    found: OutboxSettings | None = settings.get("OUTBOX")
    return found


def required_settings() -> OutboxSettings:
    """Return what the project says of the outbox.

    Raises:
        ImproperlyConfigured: It does not turn it on.
    """
    from django.core.exceptions import ImproperlyConfigured

    found = outbox_settings()
    if found is None:
        raise ImproperlyConfigured("The outbox is not turned on. Write AIRLOCK = {'OUTBOX': {}}.")
    return found


def read(given: Mapping[str, Any], problems: list[Problem]) -> OutboxSettings:
    """Return what the keys mean, and add what is wrong to the problems."""
    from django.apps import apps

    if not apps.is_installed("airlock.integrations.django.outbox"):
        hint = "Add 'airlock.integrations.django.outbox' to INSTALLED_APPS, and run `manage.py migrate`."
        problems.append(
            Problem("airlock.E011", "AIRLOCK['OUTBOX'] turns on the outbox, and its app is not installed", hint)
        )
    found: dict[str, Any] = {}
    for key, value in given.items():
        if key not in _MEANINGS:
            hint = did_you_mean(key, _MEANINGS) or f"The keys are {', '.join(_MEANINGS)}."
            problems.append(Problem("airlock.E001", f"AIRLOCK['OUTBOX'] has no key {key!r}", hint))
            continue
        try:
            found[key.lower()] = _MEANINGS[key](value)
        except SettingError as error:
            message = f"AIRLOCK['OUTBOX'][{key!r}] is {value!r}, which {error.found}"
            problems.append(Problem(error.id, message, error.hint, error.__cause__))
    result = OutboxSettings(**found)
    if result.backoff_first > result.backoff_most:
        message = (
            f"AIRLOCK['OUTBOX'] has BACKOFF_FIRST, {result.backoff_first:g} seconds, above BACKOFF_MOST, "
            f"{result.backoff_most:g} seconds"
        )
        problems.append(Problem("airlock.E002", message))
    if result.budget >= result.lease:
        message = (
            f"AIRLOCK['OUTBOX'] has BUDGET, {result.budget:g} seconds, at or above LEASE, {result.lease:g} seconds"
        )
        hint = "A relay takes over when the lease ends: give the writer less."
        problems.append(Problem("airlock.E002", message, hint))
    return result


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _seconds(value: Any) -> float:
    if not _is_number(value) or value <= 0:
        raise SettingError("E002", "is no number of seconds above 0")
    return float(value)


def _seconds_or_none(value: Any) -> float:
    if not _is_number(value) or value < 0:
        raise SettingError("E002", "is no number of seconds, 0 or more")
    return float(value)


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise SettingError("E002", "is no whole number, 1 or more")
    return value


def _audience(value: Any) -> str:
    # What no collation takes for the same as another one.
    if not isinstance(value, str) or re.fullmatch(f"[a-z0-9._-]{{0,{_LONGEST_AUDIENCE}}}", value) is None:
        what = f"at most {_LONGEST_AUDIENCE} lower-case letters of ASCII, digits, dots, underscores and hyphens"
        raise SettingError("E002", f"is not made of {what}")
    return value


def _paths(value: Any) -> tuple[str, ...]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise SettingError("E002", "is no list of dotted paths", "Write ['shop.tasks'].")
    for path in cast("Sequence[object]", value):
        if not isinstance(path, str) or not all(part.isidentifier() for part in path.split(".")):
            raise SettingError("E002", f"holds {path!r}, which is no dotted path", "Write ['shop.tasks'].")
    return tuple(cast("Sequence[str]", value))


def _executors(value: Any) -> Mapping[str, Executor]:
    found: dict[str, Executor] = {}
    for name, executor in values.keywords(value).items():
        if name in installed():
            raise SettingError("E002", f"gives {name!r} a meaning, which is the name of an installed executor")
        if isinstance(executor, str) and "." not in executor:
            raise SettingError("E003", f"gives {name!r} {executor!r}, which is no dotted path")
        found[name] = cast("Executor", values.executor(executor))
    return found


_MEANINGS: dict[str, Callable[[Any], Any]] = {
    "LEASE": _seconds,
    "BUDGET": _seconds_or_none,
    "MAX_ATTEMPTS": _count,
    "BACKOFF_FIRST": _seconds,
    "BACKOFF_MOST": _seconds,
    "BATCH": _count,
    "POLL": _seconds,
    "CHUNK_INTENTS": _count,
    "CHUNK_BYTES": _count,
    "AUDIENCE": _audience,
    "TASKS": _paths,
    "EXECUTORS": _executors,
}
