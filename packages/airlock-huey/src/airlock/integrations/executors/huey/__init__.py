"""The executor of Huey: tasks, and pipelines, groups and chords of them."""

from airlock.integrations.executors.huey._executor import HueyExecutor, huey_executor

__all__ = ["HueyExecutor", "huey_executor"]
