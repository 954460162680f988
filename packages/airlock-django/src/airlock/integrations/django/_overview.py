"""What is in force in this process, where it comes from, and what is wrong with it."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterable, Iterator, Mapping
from contextvars import ContextVar
from importlib import metadata
from types import FunctionType
from typing import Any, cast

import django

import airlock
from airlock._executors import installed as installed_executors
from airlock.integrations.django import _checks as checks
from airlock.integrations.django import _checks_middleware as middleware
from airlock.integrations.django import _command_policies as command_policies
from airlock.integrations.django import _configured as configured
from airlock.integrations.django._imported import in_one_line
from airlock.integrations.django._settings import settings

# Ours are found in the package above.
_PRIVATE_MODULES = re.compile(r"(?<=^airlock)\._\w+|(?<=^airlock\.integrations\.django)\._\w+")
_CREDENTIALS = re.compile(r"(?<=://)[^/\s@]*(?=@)")


def overview() -> dict[str, Any]:
    """Return all of it, ready for JSON; what cannot be found out says why instead."""
    return {
        "versions": {
            "airlock-core": _version("airlock-core"),
            "airlock-django": _version("airlock-django"),
            "django": django.get_version(),
            "python": platform.python_version(),
        },
        "in_force": not settings.problems,
        "configuration": {option: {"value": value, "from": source} for option, value, source in _configuration()},
        "executors": _executors(),
        "commands": {name: shown(policy) for name, policy in command_policies.installed().items()},
        "middleware": _middleware(),
        "checks": list(_messages()),
    }


def shown(value: object) -> str:
    """Return a value as text, without the credentials of the addresses in it."""
    if isinstance(value, str):
        text = value
    elif isinstance(value, ContextVar):
        text = f"ContextVar({value.name!r})"
    elif isinstance(value, type | FunctionType):
        text = _PRIVATE_MODULES.sub("", f"{value.__module__}.{value.__qualname__}")
    else:
        text = repr(value)
    return _CREDENTIALS.sub("***", text)


def _configuration() -> Iterator[tuple[str, Any, str]]:
    if settings.problems:
        return
    from django.views.debug import get_default_exception_reporter_filter

    cleanse = get_default_exception_reporter_filter().cleanse_setting
    defaults = {"executor": "sync", "policy": airlock.AllowAll(), "scope_cls": airlock.Scope}
    for option, value in airlock.get_configuration()._asdict().items():
        source = configured.source_of(option)
        if isinstance(value, Mapping):
            kwargs = cast("Mapping[str, Any]", value)
            yield option, {key: shown(cleanse(key, each)) for key, each in kwargs.items()}, source
        elif isinstance(value, bool):
            yield option, value, source
        else:
            yield option, shown(defaults[option] if value is None else value), source
    outbox = settings.get("OUTBOX")
    if outbox is None:
        yield "outbox", "off", "default"
    else:
        knobs = {key.upper(): _knob(value) for key, value in outbox._asdict().items()}
        yield "outbox", {key: text for key, text in knobs.items() if text}, "AIRLOCK['OUTBOX']"


def _knob(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return ", ".join(cast("Iterable[str]", value)) if isinstance(value, tuple | Mapping) else str(value)


def _executors() -> dict[str, Any]:
    try:
        points = installed_executors()
    except airlock.UsageError as error:
        return {"error": str(error)}
    return {
        name: (
            f"airlock-core {_version('airlock-core')}"
            if point.dist is None
            else f"{point.dist.name} {point.dist.version}"
        )
        for name, point in points.items()
    }


def _middleware() -> dict[str, Any]:
    from django.conf import settings as project

    paths = list(project.MIDDLEWARE)
    return {"positions": [place + 1 for place in middleware.positions(paths)], "of": len(paths)}


def _messages() -> Iterator[dict[str, Any]]:
    """Say what `manage.py check` says, and where DEBUG is off what it says with `--deploy`."""
    from django.conf import settings as project

    for check in (*checks.CHECKS, *(() if project.DEBUG else checks.DEPLOYMENT_CHECKS)):
        try:
            messages = check()
        except Exception as error:
            message = f"{check.__name__} failed: {in_one_line(error)}."
            yield {"id": None, "level": "ERROR", "message": message, "hint": None}
            continue
        for message in messages:
            level = "SILENCED" if message.is_silenced() else "ERROR" if message.is_serious() else "WARNING"
            yield {"id": message.id, "level": level, "message": message.msg, "hint": message.hint}


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "not installed"
