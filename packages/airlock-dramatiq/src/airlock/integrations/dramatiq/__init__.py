"""Dramatiq's messages as units of work, and a report of those that are sent without airlock."""

from airlock.integrations.dramatiq._bypass import BypassMiddleware
from airlock.integrations.dramatiq._middleware import AirlockMiddleware

__all__ = ["AirlockMiddleware", "BypassMiddleware"]
