"""Send every task the way its kind goes."""

from airlock.integrations.executors.auto._executor import auto_executor

__all__ = ["auto_executor"]
