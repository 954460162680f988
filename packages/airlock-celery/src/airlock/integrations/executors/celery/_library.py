"""Celery and kombu, loaded on first use, and what is not public in them.

`auto` asks every executor about every task, and must not import Celery where nobody uses it. Neither library has types.
"""

from __future__ import annotations

import sys
from functools import cache
from importlib import import_module
from typing import Any


def celery_classes() -> tuple[type, ...]:
    """Return the classes of what can be sent; none while Celery is not loaded, since then nothing can be its own."""
    return _celery_classes() if "celery" in sys.modules else ()


@cache
def library(name: str) -> Any:
    """Return a module."""
    return import_module(name)


@cache
def broker_errors() -> tuple[type[Exception], ...]:
    """Return the exceptions that mean "the broker is down", or refuses to be talked to."""
    kombu, amqp = library("kombu.exceptions"), library("amqp.exceptions")
    errors: list[type[Exception]] = [kombu.OperationalError, amqp.ConnectionError]
    # Newer than the oldest kombu that is supported.
    batch_error = getattr(kombu, "BatchPublishError", None)
    return tuple(errors if batch_error is None else [*errors, batch_error])


def header_check(task: Any) -> Any:
    """Return what Celery calls with a task's arguments to check them, `None` where it checks nothing."""
    return getattr(task, "__header__", None) if task.typing else None


def plain_arguments(task: Any, args: Any, kwargs: Any, serializer: str) -> tuple[Any, Any]:
    """Return arguments as `apply_async` will serialise them: newer versions dump Pydantic models first."""
    dump = getattr(task, "_dump_pydantic_arguments", None)
    plain: tuple[Any, Any] = (args, kwargs) if dump is None or serializer == "pickle" else dump(args, kwargs)
    return plain


def has_own_apply_async(task: Any) -> bool:
    """Return whether a task's class overrides `apply_async`, and so may turn arguments into others."""
    return not _has(task, library("celery").Task.apply_async)


def goes_through_apply_async(signature: Any) -> bool:
    """Return whether a signature is sent as the one message of its task."""
    return _has(signature, library("celery").Signature.apply_async)


@cache
def publish_knows(parameter: str) -> bool:
    """Return whether this version of kombu has a parameter; it takes any other for a property of the message."""
    from inspect import signature

    return parameter in signature(library("kombu").Producer.publish).parameters


@cache
def _celery_classes() -> tuple[type, ...]:
    celery = library("celery")
    return celery.Task, celery.Signature


def _has(thing: Any, apply_async: Any) -> bool:
    # Not `type(thing)`, since a task may be behind a proxy.
    classes: list[Any] = [vars(cls) for cls in thing.__class__.__mro__ if "apply_async" in vars(cls)]
    own: Any = next(members["apply_async"] for members in classes if not members.get("_passes_arguments_on"))
    return own is apply_async
