"""airlock in Django: effects wait for the transaction they belong to, request by request and command by command."""

from airlock.integrations.django._atomic import Atomic, atomic
from airlock.integrations.django._command import AirlockCommand
from airlock.integrations.django._middleware import AirlockMiddleware
from airlock.integrations.django._request import AirlockHttpRequest
from airlock.integrations.django._scope import DjangoScope
from airlock.integrations.django._signals import intents_undispatched
from airlock.integrations.django._streaming import scoped_stream

__all__ = [
    "AirlockCommand",
    "AirlockHttpRequest",
    "AirlockMiddleware",
    "Atomic",
    "DjangoScope",
    "atomic",
    "intents_undispatched",
    "scoped_stream",
]
