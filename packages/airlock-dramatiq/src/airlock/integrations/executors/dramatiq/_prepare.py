"""From an intent to its messages, checked and serialised."""

from __future__ import annotations

from functools import partial
from typing import Any

from dramatiq import Actor, Message, group, pipeline
from dramatiq.middleware import GroupCallbacks

from airlock import Intent, InvalidIntentError
from airlock.integrations.executors.dramatiq._context import carrying
from airlock.integrations.executors.dramatiq._json import is_surely_json
from airlock.integrations.executors.dramatiq._kinds import actor_of, is_group, is_pipeline
from airlock.integrations.executors.dramatiq._options import check_values, take_delay, take_queue
from airlock.integrations.executors.dramatiq._piece import Piece

_actor_class: Any = Actor
_group_class: Any = group
_message_class: Any = Message
_pipeline_class: Any = pipeline


def prepare(intent: Intent) -> list[Piece]:
    """Return what is to be sent for an intent.

    Raises:
        Exception: An option has a wrong value, or something cannot be serialised.
    """
    task, context = intent.task, intent.context
    if not (is_pipeline(task) or is_group(task)):
        return [_prepare_actor(intent, actor_of(task))]
    if context:
        task = carrying(task, context)
    return _prepare_pipeline(intent, task) if is_pipeline(task) else _prepare_group(intent, task)


def serialise(intent: Intent, value: object) -> bytes:
    """Serialise one argument in a message of its own."""
    encoded: bytes = actor_of(intent.task).message_with_options(args=(value,)).encode()
    return encoded


def _prepare_actor(intent: Intent, actor: Any) -> Piece:
    options = dict(intent.dispatch_options)
    delay: int | None = None
    queue = actor.queue_name
    if options:
        delay, queue = take_delay(options), take_queue(options, actor)
        check_values(options)
    message: Any
    if actor.__class__.message_with_options is _actor_class.message_with_options:
        message = _message_class(queue, actor.actor_name, intent.args, dict(intent.kwargs), options, str(intent.id))
    else:
        # A class of the user's own may add to its messages.
        message = actor.message_with_options(args=intent.args, kwargs=dict(intent.kwargs), **options)
        message = message.copy(queue_name=queue, message_id=str(intent.id))
    if options or not is_surely_json(intent):
        _check_encoding(intent, message)
    if intent.context:
        message = carrying(message, intent.context)
    return Piece(intent, actor.broker, message, delay)


def _check_encoding(intent: Intent, message: Any) -> None:
    try:
        message.encode()
    except Exception as error:
        _blame_option(intent, message, error)
        raise


def _blame_option(intent: Intent, message: Any, error: Exception) -> None:
    """Raise an error that names the option which cannot be serialised, if it is one."""
    from dataclasses import replace

    for name, value in message.options.items():
        try:
            replace(message, args=(), kwargs={}, options={name: value}).encode()
        except Exception:
            raise InvalidIntentError(
                f"Dramatiq cannot send {intent}, its option {name!r} is {value!r}: {type(error).__name__}: {error}",
                intent=intent,
            ) from error


def _prepare_pipeline(intent: Intent, task: Any) -> list[Piece]:
    """Prepare the first message, which carries the others with it."""
    delay = _check_composition(intent, task.messages)
    first = task.messages[0]
    first.encode()
    if type(task) is not _pipeline_class:
        return [Piece(intent, task.broker, first, delay, intent.task, run=partial(task.run, delay=delay))]
    # As `pipeline.run` has it: the greater one, and none if that is 0.
    delay = max(delay or 0, first.options.get("delay") or 0) or None
    return [Piece(intent, task.broker, first, delay, intent.task)]


def _prepare_group(intent: Intent, task: Any) -> list[Piece]:
    """Prepare every message of a group, however deep."""
    delay = _check_composition(intent, task.children)
    pieces = _prepare_children(intent, task, delay)
    if type(task) is not _group_class or task.completion_callbacks:
        if task.completion_callbacks:
            _check_callbacks(task)
        # What waits for the end of the group is made when it runs, and only Dramatiq knows how.
        return [Piece(intent, task.broker, pieces[0].message, delay, intent.task, run=partial(task.run, delay=delay))]
    return [piece._replace(last=piece is pieces[-1]) for piece in pieces]


def _prepare_children(intent: Intent, task: Any, delay: int | None) -> list[Piece]:
    pieces: list[Piece] = []
    for child in task.children:
        if is_pipeline(child):
            pieces += _prepare_pipeline(intent, child)
        elif is_group(child):
            pieces += _prepare_children(intent, child, delay)
        else:
            child.encode()
            pieces.append(Piece(intent, task.broker, child, delay))
    return [piece._replace(handle=intent.task) for piece in pieces]


def _check_composition(intent: Intent, parts: list[Any]) -> int | None:
    """Return the delay, where what surrounds the messages is right."""
    if intent.args or intent.kwargs:
        raise TypeError("a pipeline or a group has its arguments in its messages and takes no others")
    if not parts:
        raise ValueError("it holds no message")
    return take_delay(dict(intent.dispatch_options))


def _check_callbacks(task: Any) -> None:
    """Raise what `group.run` would raise half-way."""
    if any(is_group(child) for child in task.children):
        raise TypeError("a group with a completion callback cannot hold other groups")
    if not any(isinstance(middleware, GroupCallbacks) for middleware in task.broker.middleware):
        raise TypeError("a group with a completion callback needs the middleware GroupCallbacks on its broker")
