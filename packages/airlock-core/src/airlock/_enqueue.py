"""Saying what should happen besides."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from types import CoroutineType
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, overload

from airlock._configuration import defaults
from airlock._executors import executor_for
from airlock._intent import Intent
from airlock._ledger import ACTIVE
from airlock._mapping import copy_of
from airlock._origin import Origin
from airlock._region import get_region, observe
from airlock._turns import cannot_enqueue

if TYPE_CHECKING:
    from airlock._scope import Scope

P = ParamSpec("P")


class SupportsCall(Protocol[P]):
    """A task object that cannot be called itself, but has a method that calls its function, as Django's have."""

    def call(self, *args: P.args, **kwargs: P.kwargs) -> object: ...


@overload
def enqueue(task: Callable[P, object], /, *args: P.args, **kwargs: P.kwargs) -> Intent: ...
@overload
def enqueue(task: SupportsCall[P], /, *args: P.args, **kwargs: P.kwargs) -> Intent: ...
@overload
def enqueue(
    task: Any,
    /,
    *args: Any,
    _dispatch_options: Mapping[str, Any],
    _name: str | None = None,
    _origin: Origin | None = None,
    **kwargs: Any,
) -> Intent: ...
@overload
def enqueue(task: Any, /, *args: Any, _name: str, _origin: Origin | None = None, **kwargs: Any) -> Intent: ...
@overload
def enqueue(task: Any, /, *args: Any, _origin: Origin, **kwargs: Any) -> Intent: ...
def enqueue(
    task: Any,
    /,
    *args: Any,
    _name: Any = None,
    _origin: Any = None,
    _dispatch_options: Any = None,
    **kwargs: Any,
) -> Intent:
    """Say that a task should happen; the scope around the call decides when, policies whether, an executor how.

    Arguments:
        task: A callable, or a queue's task object.
        *args: The task's positional arguments.
        _name: A name to show instead of the task's own.
        _origin: The line to show as the intent's origin, for helpers that enqueue for their caller.
        _dispatch_options: What the queue is told besides, such as `{"countdown": 60}`. `airlock.options()` gives them
            so that type checkers still check the task's arguments.
        **kwargs: The task's keyword arguments.

    Returns:
        The intent, buffered in the current scope.

    Raises:
        NoScopeError: No scope is active.
        ScopeStateError: The scope around the call has ended.
        PolicyEnqueueError: A policy called this.
        PolicyViolation: A policy forbids the intent; nothing was buffered.
        TypeError: The task can neither be called nor is it a queue's task object; or what was configured to travel
            with it is nothing that JSON carries.

    Example:
        >>> import airlock
        >>> with airlock.scope():
        ...     intent = airlock.enqueue(print, "paid", 3, sep=": ")
        paid: 3
        >>> intent.name, intent.args
        ('print', ('paid', 3))
    """
    region = get_region()
    scope = region._scope
    if scope is None:
        raise cannot_enqueue(region, task)
    if not callable(task):
        _check_known(task, scope)
    if _dispatch_options is not None:
        _dispatch_options = copy_of(_dispatch_options, "_dispatch_options")
    if _origin is None and defaults.capture_origin:
        _origin = Origin.of(sys._getframe(1))
    if defaults.capture is not None:
        _origin = defaults.capture(task, _origin)
    intent = Intent(task, args, kwargs, _dispatch_options, _origin, _name, region._local_policies)
    if region._observers:
        observe(region._observers, intent)
    scope._buffer.append(intent)
    if scope._state is not ACTIVE:
        scope._refuse_late(intent, cannot_enqueue(scope, task))
    return intent


_enqueue_unchecked: Callable[..., Intent] = enqueue


class Options:
    """What a queue is told about an intent: immutable, and to be used again and again; `options()` makes one."""

    __slots__ = ("_options",)

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._options = copy_of(options, "options")

    @overload
    def enqueue(self, task: Callable[P, object], /, *args: P.args, **kwargs: P.kwargs) -> Intent: ...
    @overload
    def enqueue(self, task: SupportsCall[P], /, *args: P.args, **kwargs: P.kwargs) -> Intent: ...
    def enqueue(self, task: Any, /, *args: Any, **kwargs: Any) -> Intent:
        """Do what `airlock.enqueue()` does, with these options."""
        origin = Origin.of(sys._getframe(1)) if defaults.capture_origin else None
        return _enqueue_unchecked(task, *args, **kwargs, _dispatch_options=self._options, _origin=origin)

    def __repr__(self) -> str:
        return f"airlock.options({', '.join(f'{key}={value!r}' for key, value in self._options.items())})"


def options(**options: Any) -> Options:
    """Return dispatch options to enqueue with; the task's own arguments stay checked against its signature.

    Arguments:
        **options: What the queue is told besides, such as `countdown=60`. Each executor knows its own.

    Example:
        >>> import airlock
        >>> later = airlock.options(queue="mail", countdown=60)
        >>> with airlock.scope(policy=airlock.DropAll()) as scope:
        ...     intent = later.enqueue(print, "sent")
        >>> dict(intent.dispatch_options)
        {'queue': 'mail', 'countdown': 60}
    """
    return Options(options)


def _check_known(task: object, scope: Scope) -> None:
    accepts = getattr(scope.executor, "accepts", None)
    if (accepts is not None and accepts(task)) or executor_for(task) is not None:
        return
    if isinstance(task, CoroutineType):
        task.close()
    raise TypeError(
        f"enqueue() takes a callable or a queue's task object, and {task!r} is neither. "
        "Give the task and its arguments apart: enqueue(send, 1), not enqueue(send(1))."
    )
