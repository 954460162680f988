"""The executor of MyQueue."""

from airlock.integrations.executors.my_queue._executor import MyQueueExecutor, my_queue_executor

__all__ = ["MyQueueExecutor", "my_queue_executor"]
