"""What type checkers say of Celery's tasks where celery-types is installed.

It knows the arguments of what `@shared_task` makes, and of what `@app.task` makes only that it is a task.
Every line that ends in `type: ignore` must be refused.
"""

from functools import partial
from typing import Any, assert_type

from celery import Celery, Task, chain, group, shared_task

import airlock
from airlock import Intent, options
from airlock.integrations.celery import AirlockTask
from airlock.integrations.executors.celery import CeleryExecutor, celery_executor

app = Celery("shop")


@shared_task
def charge(order: int, *, currency: str = "EUR") -> str:
    return f"{order} {currency}"


@shared_task(queue="mail", max_retries=3)
def email(user: int) -> None: ...


@app.task
def archive(order: int) -> None: ...


@app.task(bind=True)
def ship(self: Task[Any, Any], order: int) -> None:
    self.retry(countdown=order)


def shared_tasks_are_checked() -> None:
    assert_type(airlock.enqueue(charge, 1), Intent)
    airlock.enqueue(charge, 1, currency="USD")
    airlock.enqueue(charge, order=1)
    airlock.enqueue(email, 1)
    airlock.enqueue(charge)  # type: ignore
    airlock.enqueue(charge, "1")  # type: ignore
    airlock.enqueue(charge, 1, curency="USD")  # type: ignore
    airlock.enqueue(charge, 1, 2)  # type: ignore
    airlock.enqueue(email, "1")  # type: ignore


def shared_tasks_are_checked_with_options() -> None:
    later = options(queue="mail", countdown=5)
    assert_type(later.enqueue(charge, 1, currency="USD"), Intent)
    later.enqueue(charge, "1")  # type: ignore
    later.enqueue(charge, 1, countdown=5)  # type: ignore


def tasks_of_an_app_are_accepted_bound_ones_too() -> None:
    assert_type(airlock.enqueue(archive, 1), Intent)
    airlock.enqueue(ship, 1)
    options(queue="mail").enqueue(ship, 1)


def what_is_made_of_tasks_is_accepted() -> None:
    airlock.enqueue(charge.s(1))
    airlock.enqueue(charge.si(1, currency="USD"))
    airlock.enqueue(chain(charge.s(1), archive.s()))
    airlock.enqueue(group(charge.s(1), charge.s(2)))
    airlock.enqueue(partial(charge, 1))


def our_class_of_tasks_is_none_of_those_of_celery_types() -> None:
    Celery("shop", task_cls=AirlockTask)  # type: ignore


def executors_are_typed() -> None:
    assert_type(celery_executor, CeleryExecutor)
    with airlock.scope(executor=celery_executor):
        airlock.enqueue(charge, 1)
