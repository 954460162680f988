"""The task of the benchmark, which its backend looks for under its name."""

from importlib import import_module
from typing import Any

import django

# Django 5.2 has none of its own.
FRAMEWORK = "django.tasks" if django.VERSION >= (6, 0) else "django_tasks"

_framework: Any = import_module(FRAMEWORK)


@_framework.task
def task(order: int, user: int) -> None:
    """Do nothing."""
