"""What is sent for an intent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


class Call(NamedTuple):
    """A call that is wanted, and how."""

    function: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    id: str
    options: dict[str, Any]


class Package(NamedTuple):
    """A call, pickled and signed."""

    id: str
    cluster: str | None
    payload: str
    run: Callable[[], object] | None
    """Runs it in this process, where django-q2 is configured not to use a queue at all."""


def linked(call: Call) -> dict[str, Any]:
    """Return the options of a call; if more is to be called after it, with all that takes.

    When the first call is done the cluster reads these three to send the next one, and dies where one is missing.
    """
    if not call.options.get("chain"):
        return call.options
    return {"group": call.id, "cached": False, "sync": False, **call.options}
