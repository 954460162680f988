"""Send Django's own tasks."""

from airlock.integrations.executors.django_tasks._executor import django_tasks_executor

__all__ = ["django_tasks_executor"]
