"""What type checkers say of Dramatiq's actors; every line that ends in `type: ignore` must be refused."""

from functools import partial
from typing import assert_type

import dramatiq

import airlock
from airlock import Intent, options
from airlock.integrations.executors.dramatiq import DramatiqExecutor, dramatiq_executor


@dramatiq.actor
def charge(order: int, *, currency: str = "EUR") -> str:
    return f"{order} {currency}"


@dramatiq.actor(queue_name="mail", max_retries=3)
def email(user: int) -> None: ...


@dramatiq.actor
async def notify(user: int) -> None: ...


def actors_are_checked() -> None:
    assert_type(airlock.enqueue(charge, 1), Intent)
    airlock.enqueue(charge, 1, currency="USD")
    airlock.enqueue(charge, order=1)
    airlock.enqueue(email, 1)
    airlock.enqueue(charge)  # type: ignore
    airlock.enqueue(charge, "1")  # type: ignore
    airlock.enqueue(charge, 1, curency="USD")  # type: ignore
    airlock.enqueue(charge, 1, 2)  # type: ignore
    airlock.enqueue(email, "1")  # type: ignore


def actors_of_coroutine_functions_are_checked() -> None:
    airlock.enqueue(notify, 1)
    airlock.enqueue(notify, "1")  # type: ignore


def actors_are_checked_with_options() -> None:
    later = options(delay=5000)
    assert_type(later.enqueue(charge, 1, currency="USD"), Intent)
    later.enqueue(charge, "1")  # type: ignore
    later.enqueue(charge, 1, delay=5000)  # type: ignore


def partials_of_actors_are_accepted() -> None:
    airlock.enqueue(partial(charge, 1))


def pipelines_and_groups_cannot_be_called_and_are_accepted_with_an_option_of_airlock() -> None:
    """Nothing in their types tells them from what is no task."""
    airlock.enqueue(dramatiq.pipeline([charge.message(1), charge.message(2)]))  # type: ignore
    airlock.enqueue(dramatiq.pipeline([charge.message(1), charge.message(2)]), _name="charge both")


def executors_are_typed() -> None:
    assert_type(dramatiq_executor, DramatiqExecutor)
    with airlock.scope(executor=dramatiq_executor):
        airlock.enqueue(charge, 1)
