"""Executors, and what those of queues have in common; each distribution adds its own package here."""

from pkgutil import extend_path

from airlock.integrations.executors._elsewhere import send_elsewhere
from airlock.integrations.executors._queue import Prepared, QueueExecutor, mark_uncertain

__all__ = ["Prepared", "QueueExecutor", "mark_uncertain", "send_elsewhere"]
__path__ = extend_path(__path__, __name__)
