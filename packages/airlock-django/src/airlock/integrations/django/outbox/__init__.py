"""The outbox: what a scope lets out is as durable as the transaction it belongs to."""

from airlock.integrations.django.outbox._registry import UnknownTaskError, register
from airlock.integrations.django.outbox._stats import Stats, stats

__all__ = [
    "Stats",
    "UnknownTaskError",
    "register",
    "stats",
]
