"""Celery tasks as units of work, and the way there from a code base full of `.delay()`."""

from airlock.integrations.celery._execution import AirlockTask
from airlock.integrations.celery._intercept import install_global_intercept, uninstall_global_intercept
from airlock.integrations.celery._pending import PendingResult
from airlock.integrations.celery._shim import LegacyTaskShim

__all__ = [
    "AirlockTask",
    "LegacyTaskShim",
    "PendingResult",
    "install_global_intercept",
    "uninstall_global_intercept",
]
