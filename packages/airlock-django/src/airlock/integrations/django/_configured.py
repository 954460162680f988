"""Putting the settings in force, and putting back what was there when a test that overrode them ends."""

from __future__ import annotations

from typing import Any, NamedTuple

import airlock
from airlock.integrations.django import _command_policies as command_policies
from airlock.integrations.django import _task_scopes as task_scopes
from airlock.integrations.django._problems import Problem
from airlock.integrations.django._settings import settings

_KEYS = {
    "executor": "EXECUTOR",
    "policy": "POLICY",
    "scope_cls": "SCOPE",
    "scope_kwargs": "SCOPE_KWARGS",
    "capture_origin": "CAPTURE_ORIGIN",
    "bypass": "BYPASS",
    "context": "CONTEXT",
}


class _State(NamedTuple):
    """What was configured.

    Attributes:
        configuration: What is in force.
        put: What of it the settings have put there.
        before: What they have put that in the place of.
    """

    configuration: airlock.Configuration
    put: dict[str, Any]
    before: dict[str, Any]


_put: dict[str, Any] = {}
_before: dict[str, Any] = {}
_saved: list[_State] = []


def put_in_force() -> None:
    """Configure airlock as the settings say; what they leave open stays as the program itself has configured it.

    Raises:
        ImproperlyConfigured: Something is wrong with the settings.
    """
    refuse(settings.problems)
    base = _without_settings()
    wanted = _wanted(base)
    airlock.configure(**{**base, **wanted})
    configured = airlock.get_configuration()._asdict()
    _remember({option: configured[option] for option in wanted}, {option: base[option] for option in wanted})
    command_policies.install(settings.commands)
    task_scopes.adjust(bool(settings.get("TASK_SCOPES")))


def refuse(problems: list[Problem]) -> None:
    """Raise `ImproperlyConfigured` if anything is wrong, in one line if it is one thing."""
    from django.core.exceptions import ImproperlyConfigured

    if problems:
        lines = [str(problem) for problem in problems]
        text = lines[0] if len(lines) == 1 else "\n  ".join([f"AIRLOCK has {len(lines)} errors:", *lines])
        raise ImproperlyConfigured(text) from problems[0].cause


def follow(*, setting: str, enter: bool, **_: Any) -> None:
    """Follow `override_settings` and the like, in and out."""
    if setting not in ("AIRLOCK", "DEBUG"):
        return
    settings.forget()
    if enter:
        # Django takes an override back if this raises, so this is the state to go back to then, too.
        _saved.append(_State(airlock.get_configuration(), dict(_put), dict(_before)))
        put_in_force()
    elif _saved:
        state = _saved.pop()
        airlock.configure(**state.configuration._asdict())
        _remember(state.put, state.before)
        command_policies.install(settings.commands)
        task_scopes.adjust(bool(settings.get("TASK_SCOPES")))


def source_of(option: str) -> str:
    """Return where the value of an option of `airlock.configure` comes from."""
    value = getattr(airlock.get_configuration(), option)
    if option in _put and value is _put[option]:
        key = _KEYS[option]
        if settings.get(key) is not None:
            return f"AIRLOCK[{key!r}]"
        if option == "scope_kwargs":
            return "AIRLOCK['USING']"
        return "DEBUG" if option == "capture_origin" else "default"
    return "default" if value == getattr(airlock.Configuration(), option) else "airlock.configure()"


def _without_settings() -> dict[str, Any]:
    """Return what would be configured if the settings had never been put in force."""
    return {
        option: _before[option] if option in _put and value is _put[option] else value
        for option, value in airlock.get_configuration()._asdict().items()
    }


def _wanted(base: dict[str, Any]) -> dict[str, Any]:
    """Return what the settings say, with the defaults that differ from the core's."""
    from django.conf import settings as project

    wanted = {option: settings.get(key) for option, key in _KEYS.items() if settings.get(key) is not None}
    if settings.scope_kwargs:
        wanted["scope_kwargs"] = settings.scope_kwargs
    if base["scope_cls"] is None:
        wanted.setdefault("scope_cls", settings.scope_class)
    if project.DEBUG:
        wanted.setdefault("capture_origin", True)
    return wanted


def _remember(put: dict[str, Any], before: dict[str, Any]) -> None:
    for kept, values in ((_put, put), (_before, before)):
        kept.clear()
        kept.update(values)
