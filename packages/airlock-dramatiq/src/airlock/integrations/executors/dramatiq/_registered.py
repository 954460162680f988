"""Actors by name, and what may stand beside one in a table."""

from __future__ import annotations

import sys
from typing import Any

from airlock.integrations.executors.dramatiq._kinds import actor_of, is_actor

RECORDABLE_OPTIONS = frozenset(
    {
        "broker_priority",
        "delay",
        "max_age",
        "max_backoff",
        "max_retries",
        "min_backoff",
        "queue_name",
        "result_ttl",
        "store_results",
        "time_limit",
    }
)


def registered_name(task: object) -> str | None:
    """Return the name of an actor that the process's broker has registered; pipelines and groups have none."""
    if not is_actor(task):
        return None
    actor = actor_of(task)
    name: str = actor.actor_name
    return name if registered_task(name) is actor else None


def registered_task(name: str) -> Any:
    """Return the actor of a name."""
    # Asking for the broker would make one where there is none.
    broker: Any = getattr(sys.modules.get("dramatiq.broker"), "global_broker", None)
    return None if broker is None else broker.actors.get(name)
