"""One scope for each execution of an actor.

The scope is opened around the actor's function, and not in the hooks before and after a message: Dramatiq logs and
forgets what `after_process_message` raises, and by then other middleware may have told of a success. A flush that fails
here is an error of the actor, whatever the order of the middleware.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from inspect import iscoroutinefunction, unwrap
from typing import Any, Final

import airlock
from airlock import Scope
from airlock._bypass import Sending
from airlock.integrations.dramatiq._awaiting import Awaiting
from airlock.integrations.workers import restored

_MARK: Final = "airlock_opens_scopes"

expected: ContextVar[Any] = ContextVar("airlock_dramatiq_message", default=None)
"""The message whose actor this worker is about to call."""


class _Rejected(Exception):
    """An actor has returned, and its message is marked as failed."""


def opens_scopes(actor: Any) -> bool:
    """Return whether each call of an actor has a scope."""
    return getattr(actor.fn, _MARK, False) is True


def open_scopes(broker: Any, declared: Any) -> None:
    """Let each call of an actor have a scope."""
    # Dramatiq 1 only names those that were declared before the middleware was added.
    actor: Any = broker.get_actor(declared) if isinstance(declared, str) else declared
    function: Callable[..., Any] = actor.fn
    if opens_scopes(actor):
        return
    name: str = actor.actor_name
    is_async = iscoroutinefunction(unwrap(function))

    @wraps(function)
    def execute(*args: Any, **kwargs: Any) -> Any:
        message = expected.get()
        if message is None or message.actor_name != name:
            with Sending(False), _new_scope(is_async):
                return function(*args, **kwargs)
        expected.set(None)
        result: Any = None
        try:
            with restored(message.options.get("airlock_context")), Sending(False), _new_scope(is_async):
                result = function(*args, **kwargs)
                if message.failed:
                    raise _Rejected
        except _Rejected:
            pass
        return result

    setattr(execute, _MARK, True)
    actor.fn = execute


def _new_scope(is_async: bool) -> Scope:
    scope = airlock.scope()
    if is_async:
        scope._executor = Awaiting(scope._executor)
    return scope
