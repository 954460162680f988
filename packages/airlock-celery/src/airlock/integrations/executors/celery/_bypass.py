"""Reporting what is published without airlock, by the signal that Celery sends before it publishes.

Celery publishes much itself: retries, the next tasks of chains, callbacks, bodies of chords, what beat has scheduled.
In the message nothing tells those from what a running task sends by `.delay()`, so it is told by who wants it sent.
"""

from __future__ import annotations

from typing import Any, Final

from airlock.integrations.bypass import called_by, report
from airlock.integrations.executors.celery._library import library

_ID: Final = "airlock"
_PACKAGES: Final = ("billiard", "celery", "kombu")
_OWN_MODULES: Final = (
    "celery.app.builtins",
    "celery.app.trace",
    "celery.backends",
    "celery.beat",
    "celery.bin",
    "celery.worker",
)
_OWN_METHODS: Final = ("add_to_chord", "replace", "retry")


def watch() -> None:
    """Report from now on."""
    library("celery.signals").before_task_publish.connect(_receive, weak=False, dispatch_uid=_ID)


def unwatch() -> None:
    """Report no more."""
    library("celery.signals").before_task_publish.disconnect(_receive, dispatch_uid=_ID)


def _receive(*, sender: str, body: Any, headers: Any, **_: object) -> None:
    if sender.startswith("celery.") or _continues(headers) or _continues(body) or _is_own():
        return
    # Where a commit is waited for, the line that ends the transaction is the one to name.
    report("celery", sender, skip=(*_PACKAGES, "django"))


def _continues(properties: Any) -> bool:
    """Return whether a message is for a task that has run before, or for what takes its place."""
    # Headers of the newer protocol, the body of the older one.
    get: Any = getattr(properties, "get", None)
    return get is not None and any(get(name) for name in ("retries", "replaced_task_nesting"))


def _is_own() -> bool:
    return any(
        module.startswith(_OWN_MODULES) or (module == "celery.app.task" and function in _OWN_METHODS)
        for module, function in called_by(_PACKAGES)
    )
