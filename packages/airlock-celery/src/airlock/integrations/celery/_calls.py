"""Calls of `.delay()` and `.apply_async()` that become `airlock.enqueue()`."""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar, NoReturn

import airlock
from airlock import Intent, Origin, Scope, UsageError
from airlock._bypass import is_sending
from airlock.integrations.celery._base import Mixin
from airlock.integrations.celery._caller import caller
from airlock.integrations.celery._control_flow import is_control_flow
from airlock.integrations.celery._pending import PendingResult
from airlock.integrations.executors.celery._message import is_being_sent

_logger = logging.getLogger("airlock")
_OWN = ("_dispatch_options", "_name", "_origin")


class Calls(Mixin):
    """Enqueues what `.delay()` and `.apply_async()` would send, for any class of tasks. Control flow is let through."""

    # The executor asks whether a class overrides `apply_async` to turn arguments into others. This one does not.
    _passes_arguments_on: ClassVar[bool] = True

    def apply_async(
        self,
        args: Any = None,
        kwargs: Any = None,
        task_id: str | None = None,
        producer: Any = None,
        link: Any = None,
        link_error: Any = None,
        shadow: str | None = None,
        **options: Any,
    ) -> Any:
        """Enqueue in the current scope; send at once what is control flow, or called where calls are let through."""
        own = {"task_id": task_id, "producer": producer, "link": link, "link_error": link_error, "shadow": shadow}
        if _is_dispatch(task_id) or is_control_flow(self.name, {**own, **options}) or self._lets_through():
            return super().apply_async(args, kwargs, **own, **options)
        return self._enqueue(args or (), kwargs or {}, {**own, **options})

    def delay_on_commit(self, *args: Any, **kwargs: Any) -> None:
        """Enqueue for the time after the commit of Django's default database."""
        self.apply_async_on_commit(args, kwargs)

    def apply_async_on_commit(self, args: Any = None, kwargs: Any = None, **options: Any) -> None:
        """Enqueue for the time after the commit of Django's default database.

        A `DjangoScope` waits for the commit itself. Any other scope may have ended by then, and be asked no more: the
        message goes out nevertheless, and a warning is logged.
        """
        from django.db import transaction

        if self._lets_through():
            transaction.on_commit(partial(self.apply_async, args, kwargs, **options))
        elif airlock.get_current_scope() is None or _waits_for_commit():
            self._enqueue(args or (), kwargs or {}, options)
        else:
            transaction.on_commit(partial(self._after_commit, args, kwargs, options))

    def _lets_through(self) -> bool:
        """Return whether the call is none of ours here."""
        raise NotImplementedError

    def _refuse(self) -> NoReturn:
        """Raise what `enqueue()` raises where no scope is active."""
        airlock.enqueue(self)
        raise AssertionError("there is a scope")  # pragma: no cover

    def _enqueue(self, args: Any, kwargs: Mapping[str, Any], options: Mapping[str, Any]) -> PendingResult:
        frame, level = caller()
        taken = next((name for name in _OWN if name in kwargs), None)
        if taken is not None:
            raise UsageError(
                f"{self.name} has a parameter {taken!r}, which airlock.enqueue() takes for its own: rename it",
                task=self,
            )
        given = {name: value for name, value in options.items() if value is not None}
        scope = airlock.get_current_scope()
        if scope is None:
            self._refuse()
        _check(scope, Intent(self, tuple(args), dict(kwargs), given))
        warnings.warn(
            f"{self.name} was called by .delay() or .apply_async() and is enqueued instead, for the scope around the "
            f"call to send: write {_spelling(self, given)}.",
            DeprecationWarning,
            stacklevel=level,
        )
        origin = Origin.of(frame) if airlock.get_configuration().capture_origin else None
        intent = airlock.enqueue(self, *args, **kwargs, _dispatch_options=given or {}, _origin=origin)
        return PendingResult(intent, scope, self, given.get("task_id") or str(intent.id))

    def _after_commit(self, args: Any, kwargs: Any, options: Mapping[str, Any]) -> None:
        if airlock.get_current_scope() is not None:
            self.apply_async(args, kwargs, **options)
            return
        _logger.warning(
            "%s was called by delay_on_commit() in a scope that has ended before the commit, so the scope's policies "
            "were not asked, and it is sent. Make the scope a DjangoScope, which waits for the commit.",
            self.name,
        )
        super().apply_async(args, kwargs, **options)


def _is_dispatch(task_id: str | None) -> bool:
    """Return whether an executor makes the call: ours, or one of the application's own while a scope sends."""
    return is_being_sent(task_id) or (is_sending() and airlock.get_current_scope() is None)


def _check(scope: Scope, intent: Intent) -> None:
    """Refuse here what `.delay()` would have refused, and not when the scope ends."""
    prepare_all = getattr(scope.executor, "prepare_all", None)
    if prepare_all is not None:
        prepare_all([intent])


def _spelling(task: Any, options: Mapping[str, Any]) -> str:
    name = task.name.rpartition(".")[2]
    given = ", ".join(f"{option}=..." for option in options)
    return f"airlock.options({given}).enqueue({name}, ...)" if options else f"airlock.enqueue({name}, ...)"


def _waits_for_commit() -> bool:
    """Return whether the outermost scope, which sends what those inside it want, is Django's."""
    scope = airlock.get_current_scope()
    while scope is not None and scope.parent is not None:
        scope = scope.parent
    django = sys.modules.get("airlock.integrations.django")
    return isinstance(scope, getattr(django, "DjangoScope", ()))
