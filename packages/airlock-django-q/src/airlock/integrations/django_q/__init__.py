"""A scope for each execution of a task in a cluster of django-q2: put it in `INSTALLED_APPS`."""

from airlock.integrations.django_q._failure import TaskFailed

__all__ = ["TaskFailed"]
