"""What is sent for an intent, checked and serialised once before anything is sent.

Celery serialises a message only while it sends it. So it is done here first, for the error that may come of it, and for
the size; `apply_async` does it again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from typing import Any, NamedTuple

from airlock import Intent
from airlock.integrations.executors.celery._brokers import speaks_amqp
from airlock.integrations.executors.celery._context import HEADER, carrying
from airlock.integrations.executors.celery._library import (
    goes_through_apply_async,
    has_own_apply_async,
    header_check,
    library,
    plain_arguments,
)
from airlock.integrations.executors.celery._options import check_options, check_together

_being_sent: ContextVar[str | None] = ContextVar("airlock_celery_being_sent", default=None)


class Message(NamedTuple):
    """The arguments of one call of `apply_async`.

    Attributes:
        app: The Celery app whose broker gets it.
        task: The task or signature.
        args: Its positional arguments; those of a signature go in front of its own.
        kwargs: Its keyword arguments.
        options: Its options, the id included.
        size: About how many bytes it takes.
        is_one: Whether it is exactly one message, sent through the producer that it is given.
        context: What the intent carries, `None` if that is nothing.
    """

    app: Any
    task: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    options: dict[str, Any]
    size: int
    is_one: bool
    context: dict[str, Any] | None

    def send(self, **more: Any) -> Any:
        """Send it and return Celery's result object."""
        options = {**self.options, **more}
        token = _being_sent.set(options.get("task_id") or self.task.options.get("task_id"))
        try:
            with carrying(self.context):
                # Never `delay()`: it has no place for options, and cannot pass on a keyword argument named `self`.
                return self.task.apply_async(self.args, self.kwargs, **options)
        finally:
            _being_sent.reset(token)


def is_being_sent(task_id: str | None) -> bool:
    """Return whether a call of `apply_async` with this id is the executor's own, and so must not be enqueued again.

    With `task_always_eager` a task runs, and calls others, while it is being sent; these have other ids.
    """
    return task_id is not None and task_id == _being_sent.get()


def message_of(intent: Intent) -> Message:
    """Return what to send for an intent, checked and serialised.

    Raises:
        TypeError: The arguments do not fit the task, or an option is wrong.
        kombu.exceptions.EncodeError: An argument cannot be serialised.
    """
    task, args, kwargs = intent.task, intent.args, dict(intent.kwargs)
    options = dict(intent.dispatch_options)
    check_options(options)
    signature_class = library("celery").Signature
    is_signature = isinstance(task, signature_class)
    inherited: Mapping[str, Any] = task.options if is_signature else {}
    if options.get("task_id") is None:
        options.pop("task_id", None)
        if inherited.get("task_id") is None:
            options["task_id"] = str(intent.id)
    check_together({**inherited, **{name: value for name, value in options.items() if value is not None}})
    if is_signature:
        is_one = goes_through_apply_async(task)
        size = _check_signature(task, args, kwargs, options)
    else:
        is_one = True
        _check_call(task, args, kwargs)
        size = _check_body(task, args, kwargs, options)
    app = _app_of(task)
    if options.get("headers"):
        size += _check_headers(app, options["headers"])
    context = dict(intent.context) or None
    if context is not None:
        size += _check_headers(app, {HEADER: context})
    return Message(app, task, args, kwargs, options, size, is_one, context)


def serialise(intent: Intent, value: object) -> object:
    """Serialise one argument the way the task's own serializer does."""
    task = intent.task
    options: Mapping[str, Any] = intent.dispatch_options
    if isinstance(task, library("celery").Signature):
        options = {**task.options, **options}
        task = _registered(task) or task
    serializer = _serializer(task, options)
    return _dumps(plain_arguments(task, (value,), {}, serializer), serializer)


def _check_signature(signature: Any, args: tuple[Any, ...], kwargs: dict[str, Any], options: dict[str, Any]) -> int:
    """Check what is sent at once against the parameters, serialise that and all that follows; return the size."""
    kind = signature.subtask_type
    if (args or kwargs) and (signature.immutable or kind == "chunks"):
        raise TypeError(f"the signature {signature!r} is immutable: Celery would ignore the arguments")
    if kwargs and kind == "chord":
        raise TypeError("a chord takes no keyword arguments: give them to the signatures in it")
    if kind in ("group", "chunks") and (options.get("link") or options.get("link_error")):
        raise TypeError("a group takes no link: give it to the signatures in the group, or use a chord")
    for head, head_args, head_kwargs in _heads(signature, args, kwargs):
        task = _registered(head)
        if task is not None:
            _check_call(task, head_args, head_kwargs)
    size = 0
    for leaf in _leaves(signature):
        task = _registered(leaf) or leaf
        merged = {**leaf.options, **({} if leaf is not signature else options)}
        size += _check_body(task, *_merge(leaf, args, kwargs), merged)
    return size


def _heads(signature: Any, args: Any, kwargs: Any) -> Iterator[tuple[Any, Any, Any]]:
    """Return the signatures of which a message is sent at once, with the arguments that they get."""
    kind = signature.subtask_type
    if kind in ("group", "chord"):
        for member in signature.tasks:
            yield from _heads(_as_signature(member, signature), args, kwargs)
    elif kind == "chain":
        if signature.tasks:
            first = _as_signature(signature.tasks[0], signature)
            yield from _heads(first, *_merge_args(signature, args, kwargs))
    elif kind is None:
        yield signature, *_merge(signature, args, kwargs)


def _leaves(signature: Any) -> Iterator[Any]:
    """Return all signatures of single tasks in one."""
    kind = signature.subtask_type
    members: list[Any] = [*signature.tasks] if kind in ("group", "chain", "chord") else []
    if kind == "chord" and signature.body is not None:
        members.append(signature.body)
    for member in members:
        yield from _leaves(_as_signature(member, signature))
    if kind not in ("group", "chain", "chord"):
        yield signature


def _as_signature(member: Any, parent: Any) -> Any:
    """A canvas object that has been serialised once holds its members as plain dictionaries."""
    return library("celery.canvas").maybe_signature(member, app=parent.app)


def _merge(signature: Any, args: Any, kwargs: Any) -> tuple[Any, Any]:
    if signature.immutable:
        return signature.args, signature.kwargs
    return (*args, *signature.args), {**signature.kwargs, **kwargs}


def _merge_args(chain: Any, args: Any, kwargs: Any) -> tuple[Any, Any]:
    """The keyword arguments of a chain are its members, not what the first of them is called with."""
    return ((), {}) if chain.immutable else ((*args, *chain.args), kwargs)


def _registered(signature: Any) -> Any:
    """Return the task of a signature, `None` where this process does not know it and sends by name."""
    try:
        return signature.type
    except KeyError:
        return None


def _check_call(task: Any, args: Any, kwargs: Any) -> None:
    """Check arguments against the task's parameters, as Celery does, but before anything is sent."""
    check = header_check(task)
    if check is not None:
        check(*args, **kwargs)


def _check_body(task: Any, args: Any, kwargs: Any, options: Mapping[str, Any]) -> int:
    serializer = _serializer(task, options)
    callbacks = [options.get("link"), options.get("link_error")]
    try:
        return _dumps([*plain_arguments(task, args, kwargs, serializer), *callbacks], serializer)
    except library("kombu.exceptions").EncodeError:
        if not has_own_apply_async(task):
            raise
        # What it makes of the arguments is known only when it is called.
        return 0


def _check_headers(app: Any, headers: Mapping[str, Any]) -> int:
    """Headers are not in the body: most transports put them into JSON, RabbitMQ's has a format of its own."""
    try:
        if speaks_amqp(app):
            return len(library("amqp.serialization").dumps("F", [dict(headers)]))
        return _dumps(dict(headers), "json")
    except Exception as error:
        raise TypeError(f"option 'headers' cannot be serialised: {error}") from error


def _serializer(task: Any, options: Mapping[str, Any]) -> str:
    chosen: str = options.get("serializer") or getattr(task, "serializer", None) or task.app.conf.task_serializer
    return chosen


def _dumps(value: Any, serializer: str) -> int:
    _, _, payload = library("kombu.serialization").dumps(value, serializer)
    return len(payload)


def _app_of(task: Any) -> Any:
    """Return the app itself: a signature may have none but the current one, behind a proxy."""
    return task.app.amqp.app
