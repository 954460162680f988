"""Run every task in this process, at once and in order."""

from airlock.integrations.executors.sync._executor import sync_executor

__all__ = ["sync_executor"]
