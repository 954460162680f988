"""Packages built the way `async_task` builds them, with a place for arguments that is apart from that for options.

This relies on what a worker reads from the queue, which has to stay readable while django-q2 is upgraded, and on a few
names that nobody promised. Where one is gone, importing this fails, and `_captured` is used instead.
"""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import Any

from django.utils import timezone

from airlock.integrations.executors.django_q._package import Call, Package, carried, linked

# Not imported by name, since none of them has a type.
_conf: Any = import_module("django_q.conf").Conf
_humanize: Any = import_module("django_q.humanhash").humanize
_pre_enqueue: Any = import_module("django_q.signals").pre_enqueue
_sign: Any = import_module("django_q.signing").SignedPackage.dumps
_sync: Any = import_module("django_q.tasks")._sync


def pack(call: Call) -> Package:
    """Build, announce and sign the package of a call."""
    options = linked(call)
    task: dict[str, Any] = {
        "id": call.id,
        "name": options.get("task_name") or _humanize(call.id),
        "func": call.function,
        "args": call.args,
        **{name: value for name, value in options.items() if name != "task_name"},
    }
    configured = {"cached": _conf.CACHED, "sync": _conf.SYNC, "ack_failure": _conf.ACK_FAILURES}
    task |= {option: value for option, value in configured.items() if value and option not in call.options}
    task["kwargs"] = call.kwargs
    task["started"] = timezone.now()
    task |= carried(call)
    _pre_enqueue.send(sender="django_q", task=task)
    payload = _sign(task)
    run = partial(_sync, payload) if task.get("sync") else None
    return Package(task["id"], call.options.get("cluster"), payload, run)
