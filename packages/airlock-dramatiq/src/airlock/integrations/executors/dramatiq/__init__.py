"""Send tasks with Dramatiq."""

from airlock.integrations.executors.dramatiq._confirms import confirms_delivery
from airlock.integrations.executors.dramatiq._executor import DramatiqExecutor, dramatiq_executor

__all__ = ["DramatiqExecutor", "confirms_delivery", "dramatiq_executor"]
