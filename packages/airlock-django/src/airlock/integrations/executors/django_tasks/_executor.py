"""The executor of Django's tasks."""

from typing import Any


def django_tasks_executor(intent: Any) -> Any:
    """Not built yet."""
    raise NotImplementedError


django_tasks_executor.accepts = lambda task: False  # type: ignore[attr-defined]
