"""Send Django's own tasks, and those of the package `django-tasks`, to the backend that they are configured for."""

from airlock.integrations.executors.django_tasks._executor import DjangoTasksExecutor, django_tasks_executor

__all__ = ["DjangoTasksExecutor", "django_tasks_executor"]
