"""Packages that `async_task` builds itself, taken from it instead of being sent: what is sure to work, but slower.

Arguments whose names `async_task` would take for options, and the id, are put in by a receiver of `pre_enqueue`. A
receiver that was connected earlier does not see them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

from django.conf import settings

from airlock.integrations.executors.django_q._package import Call, Package, carried, linked

# Not imported by name, since neither has a type.
_async_task: Any = import_module("django_q.tasks").async_task
_pre_enqueue: Any = import_module("django_q.signals").pre_enqueue

_MARK = "_airlock_call"


class _Capture:
    """A broker that keeps what it is given."""

    list_key = "airlock"
    payload = ""

    def enqueue(self, payload: str) -> int:
        self.payload = payload
        return 0


def pack(call: Call) -> Package:
    """Have the package of a call built and signed."""
    broker = _Capture()
    options = {**linked(call), "broker": broker, "sync": False}
    mark = {_MARK: call}
    task_id = _async_task(call.function, *call.args, q_options=options, **mark)
    run: Callable[[], object] | None = None
    if getattr(settings, "Q_CLUSTER", {}).get("sync"):
        inline = {**linked(call), "sync": True}
        run = partial(_async_task, call.function, *call.args, q_options=inline, **mark)
    return Package(task_id, call.options.get("cluster"), broker.payload, run)


def _complete(task: dict[str, Any], **_: object) -> None:
    call = task["kwargs"].get(_MARK)
    if isinstance(call, Call):
        del task["kwargs"][_MARK]
        task["id"] = call.id
        task["kwargs"] = {**call.kwargs, **task["kwargs"]}
        task.update(carried(call))


_pre_enqueue.connect(_complete, dispatch_uid="airlock")
