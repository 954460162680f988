"""Dramatiq's messages as units of work."""

from __future__ import annotations

from typing import Any

from dramatiq import Actor, Broker, Middleware
from dramatiq.broker import MessageProxy

from airlock.integrations.dramatiq._execution import expected, open_scopes
from airlock.integrations.workers import close_leaked


class AirlockMiddleware(Middleware):
    """Make each message a unit of work: what its actor enqueues is sent if it succeeds.

    Each execution of an actor of the broker runs in a scope of its own, built by `airlock.scope()`. Success flushes it,
    as the last step of the execution: if the flush fails the message fails, and `Retries` sees the error. An exception
    discards the scope, `Retry`, time limits and shutdowns among them, and so does an actor that returns after its
    message was marked as failed. Where this stands among the middleware of the broker makes no difference.

    Called by hand, `actor(...)`, an actor is part of the work around it: what it enqueues becomes its caller's where
    that has a scope.

    A scope that something has left open in the same worker is reported on the logger `airlock`, and closed.

    Example:
        >>> import airlock, dramatiq
        >>> from airlock.integrations.dramatiq import AirlockMiddleware
        >>> from dramatiq.brokers.stub import StubBroker
        >>> broker = StubBroker()
        >>> broker.add_middleware(AirlockMiddleware())
        >>> @dramatiq.actor(broker=broker)
        ... def settle(order):
        ...     airlock.enqueue(print, "receipt for", order)
        ...     print("order", order, "is paid")
        >>> settle(7)
        order 7 is paid
        receipt for 7
    """

    def after_declare_actor(self, broker: Broker, actor: Actor[Any, Any] | str) -> None:
        """Let each call of an actor have a scope."""
        open_scopes(broker, actor)

    def before_process_message(self, broker: Broker, message: MessageProxy) -> None:
        """Close what was left open, and expect a call of the message's actor."""
        close_leaked(message.actor_name)
        expected.set(message)

    def after_process_message(
        self, broker: Broker, message: MessageProxy, *, result: Any = None, exception: BaseException | None = None
    ) -> None:
        """Expect no call any more, if there was none."""
        expected.set(None)

    def after_skip_message(self, broker: Broker, message: MessageProxy) -> None:
        """Expect no call any more."""
        expected.set(None)
