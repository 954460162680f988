"""Tasks under the names by which a worker finds them."""

from collections.abc import Callable
from functools import wraps
from importlib import import_module
from inspect import iscoroutinefunction
from typing import Any

import django
from airlock_conformance import tasks
from django_project.models import Entry

# Django 5.2 has none of its own.
FRAMEWORK = "django.tasks" if django.VERSION >= (6, 0) else "django_tasks"

framework: Any = import_module(FRAMEWORK)
task: Any = framework.task


def _here(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function like that one, of this module."""

    def call(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    async def acall(*args: Any, **kwargs: Any) -> Any:
        return await function(*args, **kwargs)

    made = wraps(function)(acall if iscoroutinefunction(function) else call)
    made.__module__ = __name__
    return made


TASKS = {
    function: task(backend="database")(_here(function)) for function in (*tasks.FUNCTIONS, *tasks.COROUTINE_FUNCTIONS)
}
globals().update({made.name: made for made in TASKS.values()})


@task
def add(left: int, right: int = 0) -> int:
    """Run where it is enqueued."""
    return left + right


@task
def fail() -> None:
    """Fail."""
    raise LookupError("no such order")


@task(backend="dummy")
def keep(*args: Any, **kwargs: Any) -> None:
    """Be kept and never run."""


@task
async def double(number: int) -> int:
    """Be a coroutine function."""
    return 2 * number


@task(takes_context=True)
def attempt(context: Any, number: int) -> tuple[int, str, int]:
    """Tell what it is told."""
    return context.attempt, context.task_result.id, number


@task(takes_context=True)
async def attempt_later(context: Any, number: int) -> tuple[int, str, int]:
    """Tell it from a coroutine."""
    return context.attempt, context.task_result.id, number


def make_task(function: Callable[..., Any]) -> Any:
    """Return the task for a function of the conformance suite."""
    return TASKS[function]


@task
def count_rows() -> int:
    """Use the database."""
    return Entry.objects.count()


add_in_database = add.using(backend="database")


@task(backend="database")
def hidden() -> None:
    """Be a task that no worker can find, since the name means something else."""


unfindable, hidden = hidden, None
