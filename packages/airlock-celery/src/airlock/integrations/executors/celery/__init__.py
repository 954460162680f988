"""Send what is enqueued as Celery messages."""

from airlock.integrations.executors.celery._brokers import confirms_publishes
from airlock.integrations.executors.celery._executor import CeleryExecutor, celery_executor

__all__ = ["CeleryExecutor", "celery_executor", "confirms_publishes"]
