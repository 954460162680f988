"""A module with a task of Django's kind, which needs no decorator of ours."""

from django_tasks import task


@task()
def of_django() -> None:
    """A task."""


@task()
def moved() -> None:
    """Another task."""
