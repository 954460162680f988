"""What is sent for an intent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple


class Call(NamedTuple):
    """A call that is wanted, and how."""

    function: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    id: str
    options: dict[str, Any]
    context: Mapping[str, Any] = MappingProxyType({})


class Package(NamedTuple):
    """A call, pickled and signed."""

    id: str
    cluster: str | None
    payload: str
    run: Callable[[], object] | None
    """Runs it in this process, where django-q2 is configured not to use a queue at all."""


def carried(call: Call) -> dict[str, Any]:
    """Return what a package holds besides, for airlock to read in the worker; django-q2 hands it over as it is."""
    return {"airlock_context": dict(call.context)} if call.context else {}


def linked(call: Call) -> dict[str, Any]:
    """Return the options of a call; if more is to be called after it, with all that takes.

    When the first call is done the cluster reads these three to send the next one, and dies where one is missing.
    """
    if not call.options.get("chain"):
        return call.options
    return {"group": call.id, "cached": False, "sync": False, **call.options}
