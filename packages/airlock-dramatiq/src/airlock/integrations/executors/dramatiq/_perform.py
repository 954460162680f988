"""Running tasks in this process, as a worker would."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from inspect import iscoroutinefunction, unwrap
from typing import Any

from dramatiq import Message

import airlock
from airlock import Intent
from airlock.integrations.dramatiq._execution import opens_scopes
from airlock.integrations.executors.dramatiq._kinds import actor_of, is_group, is_pipeline


def perform(intent: Intent) -> Any:
    """Run the task of an intent: an actor, each step of a pipeline with the result of the one before, or a group.

    Returns:
        What it returns; for coroutine functions an awaitable of it, where an event loop is running that can await it.
    """
    task = intent.task
    if is_group(task) or is_pipeline(task):
        return _drive(_run(task), any(map(_is_async, _actors(task))))
    actor = actor_of(task)
    return _drive(_call(actor, intent.args, dict(intent.kwargs)), _is_async(actor))


def _drive(steps: Coroutine[Any, Any, Any], is_async: bool) -> Any:
    """Run to the end what never waits, and what waits as far as this thread can."""
    if not is_async:
        try:
            steps.send(None)
        except StopIteration as stop:
            return stop.value
        raise AssertionError("waited where nothing is to be waited for")  # pragma: no cover
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(steps)
    return steps


async def _run(task: Any) -> Any:
    """Run a message, the messages of a pipeline or those of a group."""
    if is_pipeline(task):
        return await _run_pipeline(task.broker, task.messages)
    if is_group(task):
        results = [await _run_child(task.broker, child) for child in task.children]
        for callback in task.completion_callbacks:
            actor = task.broker.get_actor(callback["actor_name"])
            await _call(actor, tuple(callback["args"]), callback["kwargs"])
        return results
    raise AssertionError(f"not a composition: {task!r}")  # pragma: no cover


async def _run_child(broker: Any, child: Any) -> Any:
    if isinstance(child, Message):
        return await _call(broker.get_actor(child.actor_name), child.args, child.kwargs)
    return await _run(child)


async def _run_pipeline(broker: Any, messages: list[Any]) -> Any:
    result: Any = None
    before: Any = None
    for message in messages:
        args = message.args
        if before is not None and not (message.options.get("pipe_ignore") or before.options.get("pipe_ignore")):
            args = (*args, result)
        before = broker.get_actor(message.actor_name)
        result = await _call(before, args, message.kwargs)
    return result


async def _call(actor: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if not _is_async(actor):
        return actor(*args, **kwargs)
    # An actor's own call hands coroutines to a thread that only a worker has.
    coroutine = unwrap(actor.fn)(*args, **kwargs)
    if not opens_scopes(actor):
        return await coroutine
    async with airlock.scope():
        return await coroutine


def _is_async(actor: Any) -> bool:
    return iscoroutinefunction(unwrap(actor.fn))


def _actors(task: Any) -> list[Any]:
    """Return the actors of every message of a composition."""
    parts: list[Any] = getattr(task, "messages", None) or getattr(task, "children", [])
    found: list[Any] = []
    for part in parts:
        found += [task.broker.get_actor(part.actor_name)] if isinstance(part, Message) else _actors(part)
    found += [task.broker.get_actor(callback["actor_name"]) for callback in getattr(task, "completion_callbacks", ())]
    return found
