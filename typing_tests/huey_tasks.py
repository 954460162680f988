"""What type checkers say of Huey's tasks, which have no types: what is right is accepted, and nothing is refused."""
# pyright: basic
# mypy: disallow-untyped-decorators=False

from functools import partial
from typing import assert_type

from huey import MemoryHuey

import airlock
from airlock import Intent, options
from airlock.integrations.executors.huey import HueyExecutor, huey_executor

huey = MemoryHuey("shop")


@huey.task(retries=2)
def charge(order: int, *, currency: str = "EUR") -> str:
    return f"{order} {currency}"


@huey.task(context=True)
def ship(order: int, task: object = None) -> None: ...


def tasks_are_accepted() -> None:
    assert_type(airlock.enqueue(charge, 1, currency="USD"), Intent)
    airlock.enqueue(ship, 1)
    assert_type(options(delay=60, priority=5).enqueue(charge, 1), Intent)


def what_is_made_of_tasks_is_accepted() -> None:
    airlock.enqueue(charge.s(1))
    airlock.enqueue(charge.s(1).then(ship))
    airlock.enqueue(partial(charge, 1))


def executors_are_typed() -> None:
    assert_type(huey_executor, HueyExecutor)
    with airlock.scope(executor=huey_executor):
        airlock.enqueue(charge, 1)
