"""Send functions to the cluster of django-q2."""

from airlock.integrations.executors.django_q._executor import DjangoQExecutor, django_q_executor

__all__ = ["DjangoQExecutor", "django_q_executor"]
