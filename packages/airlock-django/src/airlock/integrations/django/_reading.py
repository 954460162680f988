"""Reading AIRLOCK: what each key means, and all that is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import signature
from reprlib import Repr
from typing import TYPE_CHECKING, Any, cast

from airlock.integrations.django import _values as values
from airlock.integrations.django._problems import Problem, SettingError, did_you_mean
from airlock.integrations.django._scope import DjangoScope

if TYPE_CHECKING:
    from airlock import Policy, Scope

_MEANINGS: dict[str, Callable[[Any], Any]] = {
    "BYPASS": values.bypass_mode,
    "CAPTURE_ORIGIN": values.flag,
    "COMMANDS": values.keywords,
    "CONTEXT": values.keywords,
    "EXECUTOR": values.executor,
    "OUTBOX": values.keywords,
    "POLICY": values.policy,
    "SCOPE": values.scope_class,
    "SCOPE_KWARGS": values.keywords,
    "TASK_SCOPES": values.task_scopes,
    "USING": values.alias,
}
KEYS: tuple[str, ...] = tuple(_MEANINGS)

_short = Repr()
_short.maxstring = _short.maxother = 80


class Reading:
    """AIRLOCK, understood as far as it can be; a key that is `None` counts as not given.

    Arguments:
        setting: The setting, `None` where there is none.
    """

    def __init__(self, setting: object) -> None:
        self.problems: list[Problem] = []
        """What is wrong, in the order in which it stands there."""
        self.values: dict[str, Any] = {}
        """What the keys mean that are given and right."""
        self.commands: dict[str, Policy] = {}
        """The policy for each command that has one."""
        given = self._mapping(setting)
        for key, value in given.items():
            if key not in _MEANINGS:
                hint = did_you_mean(key, KEYS) or f"The keys are {', '.join(KEYS)}."
                self.problems.append(Problem("airlock.E001", f"AIRLOCK has no key {key!r}", hint))
            elif value is not None:
                self._read_key(str(key), value)
        if given.get("SCOPE") is None or "SCOPE" in self.values:
            self._check_arguments()

    @property
    def scope_class(self) -> type[Scope]:
        """The class of scopes."""
        found: type[Scope] | None = self.values.get("SCOPE")
        return DjangoScope if found is None else found

    @property
    def scope_kwargs(self) -> dict[str, Any]:
        """What scopes are built with, USING included."""
        using = self.values.get("USING")
        return {**self.values.get("SCOPE_KWARGS", {}), **({} if using is None else {"using": using})}

    def _mapping(self, setting: object) -> Mapping[object, Any]:
        if setting is None:
            return {}
        if isinstance(setting, Mapping):
            return cast("Mapping[object, Any]", setting)
        hint = "Write AIRLOCK = {'EXECUTOR': ...}."
        self.problems.append(
            Problem("airlock.E001", f"AIRLOCK is {_short.repr(setting)}, which is no dictionary", hint)
        )
        return {}

    def _read_key(self, key: str, value: object) -> None:
        found = self._read(f"AIRLOCK[{key!r}]", _MEANINGS[key], value)
        if found is not None:
            self.values[key] = found
            if key == "COMMANDS":
                self._read_commands(found)
            elif key == "CONTEXT":
                self._read_context(found)
            elif key == "OUTBOX":
                self._read_outbox(found)

    def _read(self, place: str, meaning: Callable[[Any], Any], value: object) -> Any:
        try:
            return meaning(value)
        except SettingError as error:
            message = f"{place} is {_short.repr(value)}, which {error.found}"
            self.problems.append(Problem(error.id, message, error.hint, error.__cause__))
            return None

    def _read_commands(self, given: Mapping[str, Any]) -> None:
        from django.core.management import get_commands

        known = get_commands()
        for name, value in given.items():
            policy = self._read(f"AIRLOCK['COMMANDS'][{name!r}]", values.policy, value)
            if name not in known:
                message = f"AIRLOCK['COMMANDS'] has {name!r}, and there is no such command"
                self.problems.append(Problem("airlock.E009", message, did_you_mean(name, known)))
            elif policy is not None:
                self.commands[name] = policy

    def _read_context(self, given: Mapping[str, Any]) -> None:
        found = {
            name: self._read(f"AIRLOCK['CONTEXT'][{name!r}]", values.provider, value) for name, value in given.items()
        }
        self.values["CONTEXT"] = {name: provider for name, provider in found.items() if provider is not None}

    def _read_outbox(self, given: Mapping[str, Any]) -> None:
        from airlock.integrations.django.outbox._settings import read

        self.values["OUTBOX"] = read(given, self.problems)

    def _check_arguments(self) -> None:
        """Say what the class of scopes does not take."""
        kwargs = self.scope_kwargs
        given = self.values.get("SCOPE_KWARGS", {})
        if "using" in given and kwargs["using"] != given["using"]:
            message = f"AIRLOCK has 'USING': {kwargs['using']!r} and 'SCOPE_KWARGS': {{'using': {given['using']!r}}}"
            self.problems.append(Problem("airlock.E007", message, "Leave one of them out."))
        scope_class = self.scope_class
        if "using" in given and issubclass(scope_class, DjangoScope):
            self._read("AIRLOCK['SCOPE_KWARGS']['using']", values.alias, given["using"])
        if not kwargs:
            return
        try:
            signature(scope_class).bind(**kwargs)
        except TypeError as error:
            keys = " and ".join(f"AIRLOCK[{key!r}]" for key in ("SCOPE_KWARGS", "USING") if self.values.get(key))
            message = f"{keys} cannot be given to {scope_class.__qualname__}: {error}"
            hint = f"It takes {', '.join(signature(scope_class).parameters)}."
            self.problems.append(Problem("airlock.E007", message, hint))
