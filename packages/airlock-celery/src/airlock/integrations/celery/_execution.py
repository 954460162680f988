"""One scope for each execution of a task.

The scope is opened around `run`. A worker calls `run` and not `__call__` unless a class overrides that, `autoretry_for`
wraps it from outside and so sees a flush that fails, and calls of the task by hand end there too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any, ClassVar

from celery import Task

import airlock
from airlock._bypass import Sending
from airlock.integrations.celery._base import CeleryTask, Mixin
from airlock.integrations.executors.celery._context import carried_by, pass_on
from airlock.integrations.workers import close_leaked, restored

_running: ContextVar[Any] = ContextVar("airlock_celery_request", default=None)
"""The request of the execution under way."""


class Execution(Mixin):
    """Opens a scope around `run`, for any class of tasks."""

    _opens_scopes: ClassVar[bool] = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        owner = next(base for base in cls.__mro__ if "run" in vars(base))
        inherits_wrapped = owner is not cls and issubclass(owner, Execution)
        run: Any = vars(owner)["run"]
        # Celery does not await. A pool that does would await outside the scope, so none is promised.
        if owner is not Task and not inherits_wrapped and not iscoroutinefunction(getattr(run, "__func__", run)):
            task_class: Any = cls
            task_class.run = _scoped(cls, run)


class AirlockTask(Execution, CeleryTask):
    """The base of tasks that are units of work: what an execution enqueues is sent if it succeeds.

    Each execution runs in a scope of its own, built by `airlock.scope()`. Success flushes it, before Celery stores the
    result and goes on with links and chains: if the flush fails the task fails, its return value is dropped, and
    `autoretry_for` sees the error. An exception discards the scope, `Retry`, `Ignore` and `Reject` among them.

    Called by hand, with `apply()` or by `task_always_eager`, a task is part of the work around it: what it enqueues
    becomes its caller's where that has a scope.

    What the intent carried, by `airlock.configure(context=...)`, is restored around that scope. Messages that the
    worker publishes in the course of the task inherit it: retries, next steps, callbacks, the body of a chord.

    A coroutine function gets no scope, since Celery does not await it: call `asyncio.run()` in a plain function.

    A scope that an earlier task has left open in the same worker is reported on the logger `airlock`, and closed.

    Use it for a whole app, `Celery(task_cls=AirlockTask)`, or for one task, `@app.task(base=AirlockTask)`.

    Example:
        >>> import airlock
        >>> from airlock.integrations.celery import AirlockTask
        >>> from celery import Celery
        >>> app = Celery(task_cls=AirlockTask, set_as_current=False)
        >>> @app.task
        ... def settle(order):
        ...     airlock.enqueue(print, "receipt for", order)
        ...     print("order", order, "is paid")
        >>> settle(7)
        order 7 is paid
        receipt for 7
    """


def _scoped(cls: type[Execution], run: Any) -> Any:
    """Return what takes the place of `run` in a class."""
    if isinstance(run, staticmethod):
        function: Callable[..., Any] = run.__func__

        @wraps(function)
        def plain(*args: Any, **kwargs: Any) -> Any:
            return _execute(cls, function, args, kwargs)

        return staticmethod(plain)

    @wraps(run)
    def bound(self: Any, *args: Any, **kwargs: Any) -> Any:
        return _execute(self, run, (self, *args), kwargs)

    return bound


def _execute(task: Any, run: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    stack = task.request_stack
    request: Any = None if stack is None else stack.top
    running: Any = _running.get()
    # A `run` that calls the one of its base class is still the same execution.
    if not task._opens_scopes or (request is not None and request is running):
        return run(*args, **kwargs)
    carried: Mapping[str, Any] | None = None
    if request is not None and _is_of_worker(request, running):
        close_leaked(task.name)
        carried = carried_by(request)
        if carried is not None:
            pass_on()
    token = _running.set(request)
    try:
        # With `task_always_eager` a task runs while another scope sends it.
        with restored(carried), Sending(False), airlock.scope():
            return run(*args, **kwargs)
    finally:
        _running.reset(token)


def _is_of_worker(request: Any, running: Any) -> bool:
    """Return whether a worker has started the task; one that calls itself by hand gets a copy of its own request."""
    by_hand = request.called_directly or request.is_eager or (running is not None and running.id == request.id)
    return not by_hand
