"""What type checkers say of Celery's tasks where nothing tells them what these are.

Celery has no types of its own, so that each checker sees something else. What is right is accepted by all of them, with
the arguments of a task unchecked; `with_celery_types` has what is refused where celery-types is installed.
"""
# pyright: basic
# mypy: disallow-untyped-decorators=False

from functools import partial
from typing import assert_type

from celery import Celery, chain, group, shared_task

import airlock
from airlock import Intent, options
from airlock.integrations.celery import AirlockTask
from airlock.integrations.executors.celery import CeleryExecutor, celery_executor

app = Celery("shop", task_cls=AirlockTask)


@app.task
def charge(order: int, *, currency: str = "EUR") -> str:
    return f"{order} {currency}"


@shared_task
def archive(order: int) -> None: ...


@app.task(bind=True, max_retries=3)
def ship(self: AirlockTask, order: int) -> None: ...


def tasks_are_accepted() -> None:
    assert_type(airlock.enqueue(charge, 1, currency="USD"), Intent)
    airlock.enqueue(archive, 1)
    assert_type(options(queue="mail", countdown=5).enqueue(charge, 1), Intent)


def bound_tasks_are_accepted_except_by_pyright_which_takes_them_for_their_function() -> None:
    airlock.enqueue(ship, 1)  # pyright: ignore[reportCallIssue]
    options(queue="mail").enqueue(ship, 1)  # pyright: ignore[reportCallIssue]


def what_is_made_of_tasks_is_accepted() -> None:
    airlock.enqueue(charge.s(1))
    airlock.enqueue(charge.si(1, currency="USD"))
    airlock.enqueue(chain(charge.s(1), archive.s()))
    airlock.enqueue(group(charge.s(1), charge.s(2)))
    airlock.enqueue(partial(charge, 1))


def executors_are_typed() -> None:
    assert_type(celery_executor, CeleryExecutor)
    with airlock.scope(executor=celery_executor):
        airlock.enqueue(charge, 1)
