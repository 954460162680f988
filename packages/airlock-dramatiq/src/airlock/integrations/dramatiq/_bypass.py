"""Reporting what is published without airlock, by the middleware that Dramatiq calls before it publishes."""

from __future__ import annotations

from typing import Any, Final

from dramatiq import Actor, Broker, GenericActor, Message, Middleware
from dramatiq import broker as brokers
from dramatiq.middleware import MiddlewareError

from airlock import BypassError
from airlock.integrations.bypass import called_by, report, top_level
from airlock.integrations.executors.dramatiq._kinds import actor_of

_OWN: Final = ("dramatiq.middleware", "dramatiq.worker")


class _BypassError(BypassError, MiddlewareError):
    """An error that Dramatiq lets through."""


class BypassMiddleware(Middleware):
    """Report each message that is enqueued without airlock, as `airlock.configure(bypass=...)` says.

    While that is not "ignore" it is added by itself to the global broker, and to the brokers of actors at the top level
    of modules. Add it to any other broker. Retries and the next steps of pipelines and groups are Dramatiq's own, and
    are not reported.

    Example:
        >>> from airlock.integrations.dramatiq import BypassMiddleware
        >>> from dramatiq.brokers.stub import StubBroker
        >>> broker = StubBroker()
        >>> broker.add_middleware(BypassMiddleware())
    """

    def before_enqueue(self, broker: Broker, message: Message[Any], delay: int | None) -> None:
        """Report a message.

        Raises:
            BypassError: The configuration says `bypass="raise"`; nothing is sent.
        """
        __tracebackhide__ = True
        if any(module.startswith(_OWN) for module, _ in called_by({"dramatiq"})):
            return
        try:
            report("dramatiq", message.actor_name, skip=("django", "django_dramatiq"))
        except BypassError as error:
            raise _BypassError(str(error)) from None


_added: list[tuple[Any, BypassMiddleware]] = []


def watch() -> None:
    """Add the middleware to every broker that is found and does not have it."""
    found: list[Any] = [actor_of(actor).broker for actor in top_level(Actor, GenericActor)]
    # Asking for it would make one where there is none.
    found += [] if brokers.global_broker is None else [brokers.global_broker]
    for broker in found:
        if not any(isinstance(middleware, BypassMiddleware) for middleware in broker.middleware):
            middleware = BypassMiddleware()
            broker.add_middleware(middleware)
            _added.append((broker, middleware))


def unwatch() -> None:
    """Take away what was added."""
    while _added:
        broker, middleware = _added.pop()
        if middleware in broker.middleware:
            broker.middleware.remove(middleware)
