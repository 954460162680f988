"""The default class of tasks of a whole app.

`app.Task` is Celery's documented place for it. Nothing of Celery is patched, and no other app is concerned.
"""

from __future__ import annotations

import logging
from typing import Any, ClassVar

from celery import Celery

import airlock
from airlock import UsageError
from airlock.integrations.celery._calls import Calls
from airlock.integrations.celery._execution import Execution

_logger = logging.getLogger("airlock")


class Interception(Calls):
    """Enqueues where there is a scope, and lets through everything else."""

    _intercepts: ClassVar[bool] = True

    def _lets_through(self) -> bool:
        return not self._intercepts or airlock.get_current_scope() is None


def install_global_intercept(app: Celery, wrap_task_execution: bool = True) -> None:
    """Turn `.delay()` and `.apply_async()` of an app's tasks into `airlock.enqueue()` wherever a scope is active.

    Call it right after the app is made: it gives the app another default class for tasks, built on the one it has.
    Calls outside a scope, and Celery's own messages, go out as ever. Tasks with a `base` that is not built on the app's
    own class are left alone; their names are logged as a warning once the app is complete.

    Arguments:
        app: The Celery app.
        wrap_task_execution: Whether each execution of a task runs in a scope of its own too, as with `AirlockTask`.

    Raises:
        UsageError: It is installed already, or tasks of the app have been made before.
        TypeError: This is no Celery app.

    Example:
        >>> from airlock.integrations.celery import install_global_intercept
        >>> from celery import Celery
        >>> app = Celery("shop", set_as_current=False)
        >>> install_global_intercept(app)
    """
    itself = _app_itself(app)
    previous: Any = itself.Task
    if issubclass(previous, Interception):
        raise UsageError(f"The intercept is installed on {app!r} already: call install_global_intercept() once an app")
    made: list[str] = [name for name in itself._tasks if not name.startswith("celery.")]
    if made:
        raise UsageError(
            f"Tasks of {app!r} have been made already, without the intercept: {', '.join(sorted(made))}. "
            "Call install_global_intercept() right after the app is made, before its tasks are imported or used."
        )
    opens_scopes = wrap_task_execution and not issubclass(previous, Execution)
    bases: tuple[Any, ...] = (Interception, Execution, previous) if opens_scopes else (Interception, previous)
    attributes: dict[str, Any] = {
        "__module__": previous.__module__,
        "__doc__": previous.__doc__,
        "_instead_of": previous,
    }
    itself.Task = type("Task", bases, attributes)
    itself.on_after_finalize.connect(_report_exceptions)


def uninstall_global_intercept(app: Celery) -> None:
    """Take the intercept off an app again; the tasks that were made meanwhile behave as if it had never been there.

    Arguments:
        app: The Celery app.

    Raises:
        UsageError: It is not installed.
        TypeError: This is no Celery app.
    """
    itself = _app_itself(app)
    task_class: Any = itself.Task
    if "_instead_of" not in vars(task_class):
        raise UsageError(f"The intercept is not installed on {app!r}: call install_global_intercept() first")
    itself.on_after_finalize.disconnect(_report_exceptions)
    itself.Task = task_class._instead_of
    task_class._intercepts = False
    if Execution in task_class.__bases__:
        task_class._opens_scopes = False


def _app_itself(app: Any) -> Any:
    """Return the app behind a proxy such as `current_app`."""
    if not isinstance(app, Celery):
        raise TypeError(f"The intercept is for a Celery app, not {app!r}")
    return getattr(app, "_get_current_object", lambda: app)()


def _report_exceptions(sender: Any, **_: Any) -> None:
    others = sorted(name for name, task in sender.tasks.items() if not isinstance(task, Calls))
    if others:
        _logger.warning(
            "These tasks of %r have a base of their own, so their calls are not intercepted: %s. Build it on app.Task, "
            "after install_global_intercept().",
            sender,
            ", ".join(others),
        )
