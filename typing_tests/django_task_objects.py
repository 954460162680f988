"""What type checkers say of Django's tasks, with the stubs of django-stubs and without its plugin.

Every line that ends in `type: ignore` must be refused.
"""

from datetime import datetime
from typing import assert_type

from django.tasks import TaskContext, TaskResult, task

import airlock
from airlock import Intent, options
from airlock.integrations.executors.django_tasks import DjangoTasksExecutor, django_tasks_executor


@task
def charge(order: int, *, currency: str = "EUR") -> str:
    return f"{order} {currency}"


@task(priority=5, queue_name="mail")
async def email(user: int) -> None: ...


@task(takes_context=True)
def ship(context: TaskContext[..., object], order: int) -> int:
    return order + context.attempt


def tasks_are_checked() -> None:
    assert_type(airlock.enqueue(charge, 1), Intent)
    airlock.enqueue(charge, 1, currency="USD")
    airlock.enqueue(charge, order=1)
    airlock.enqueue(charge)  # type: ignore
    airlock.enqueue(charge, "1")  # type: ignore
    airlock.enqueue(charge, 1, currency=2)  # type: ignore
    airlock.enqueue(charge, 1, curency="USD")  # type: ignore
    airlock.enqueue(charge, 1, 2)  # type: ignore


def tasks_of_coroutine_functions_are_checked() -> None:
    airlock.enqueue(email, 1)
    airlock.enqueue(email)  # type: ignore
    airlock.enqueue(email, "1")  # type: ignore


def the_context_is_no_argument_of_the_caller() -> None:
    airlock.enqueue(ship, 1)
    airlock.enqueue(ship, "1")  # type: ignore
    airlock.enqueue(ship, 1, 2)  # type: ignore


def tasks_are_checked_with_options(moment: datetime) -> None:
    assert_type(options(priority=1).enqueue(charge, 1), Intent)
    options(run_after=moment, backend="slow").enqueue(email, 1)
    options(priority=1).enqueue(charge, "1")  # type: ignore
    options(priority=1).enqueue(email, "1")  # type: ignore
    airlock.enqueue(charge.using(priority=1), 1)
    airlock.enqueue(charge.using(priority=1), "1")  # type: ignore


def executors_are_typed(intent: Intent) -> None:
    assert_type(django_tasks_executor, DjangoTasksExecutor)
    with airlock.scope(executor=django_tasks_executor):
        airlock.enqueue(charge, 1)


def results_have_the_type_that_the_caller_says(scope: airlock.Scope, intent: Intent) -> None:
    result: TaskResult[[int], str] = scope.results[intent]
    assert_type(result.return_value, str)
