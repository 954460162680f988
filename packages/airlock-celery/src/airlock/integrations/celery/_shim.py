"""The class for one task after the other."""

from __future__ import annotations

from typing import NoReturn

from airlock import NoScopeError
from airlock.integrations.celery._base import CeleryTask
from airlock.integrations.celery._calls import Calls


class LegacyTaskShim(Calls, CeleryTask):
    """The base of tasks that are still called by `.delay()` and `.apply_async()`: both become `airlock.enqueue()`.

    Each call warns with a `DeprecationWarning` at the line of the caller, and returns a `PendingResult`. Outside any
    scope it raises `NoScopeError`. Celery's own messages pass: retries, links, chains, groups, chords, beat.

    A task of this class does not run in a scope of its own; `AirlockTask` is for that, and the two go together.

    Example:
        >>> import warnings
        >>> import airlock
        >>> from airlock.integrations.celery import LegacyTaskShim
        >>> from celery import Celery
        >>> app = Celery("shop", set_as_current=False)
        >>> @app.task(base=LegacyTaskShim)
        ... def send_reminder(order):
        ...     print("reminder for", order)
        >>> with airlock.scope(), warnings.catch_warnings(record=True) as caught:
        ...     warnings.simplefilter("always")
        ...     result = send_reminder.delay(7)
        ...     print(caught[0].category.__name__)
        DeprecationWarning
        reminder for 7
    """

    def _lets_through(self) -> bool:
        return False

    def _refuse(self) -> NoReturn:
        try:
            super()._refuse()
        except NoScopeError:
            raise NoScopeError(
                f"{self.name} was called by .delay() or .apply_async() outside any scope, and its base LegacyTaskShim "
                "turns that into airlock.enqueue(). Put the unit of work in `with airlock.scope(): ...`, decorate its "
                "function with `@airlock.scoped()`, or give a task that makes the call the base AirlockTask.",
                task=self,
            ) from None
