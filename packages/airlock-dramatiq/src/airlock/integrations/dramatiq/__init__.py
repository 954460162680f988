"""What airlock has for Dramatiq besides the executor."""

from airlock.integrations.dramatiq._bypass import BypassMiddleware

__all__ = ["BypassMiddleware"]
