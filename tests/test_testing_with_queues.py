"""What `airlock.testing` makes of the tasks of real queues: it calls them as a worker would, and sends nothing."""

from collections.abc import Callable
from typing import Any

import dramatiq
import pytest
from celery import Celery
from dramatiq.brokers.stub import StubBroker
from huey import MemoryHuey

import airlock
from airlock.testing import EffectsAssertionError, capture

Make = Callable[[list[Any]], Any]


def celery_task(calls: list[Any]) -> Any:
    @Celery("shop", broker="memory://", set_as_current=False).task(name="shop.charge", shared=False)
    def charge(order: int, currency: str = "EUR") -> None:
        calls.append((order, currency))

    return charge


def bound_celery_task(calls: list[Any]) -> Any:
    @Celery("shop", broker="memory://", set_as_current=False).task(name="shop.charge", shared=False, bind=True)
    def charge(self: Any, order: int, currency: str = "EUR") -> None:
        calls.append((order, currency))

    return charge


def dramatiq_actor(calls: list[Any]) -> Any:
    @dramatiq.actor(actor_name="charge", broker=StubBroker())
    def charge(order: int, currency: str = "EUR") -> None:
        calls.append((order, currency))

    return charge


def huey_task(calls: list[Any]) -> Any:
    @MemoryHuey("shop", immediate=False).task()
    def charge(order: int, currency: str = "EUR") -> None:
        calls.append((order, currency))

    return charge


@pytest.fixture(params=[celery_task, bound_celery_task, dramatiq_actor, huey_task])
def make(request: pytest.FixtureRequest) -> Make:
    """A way to make a task that notes its calls."""
    made: Make = request.param
    return made


def test_arguments_are_bound_to_the_signature_of_the_function(make: Make) -> None:
    """How an argument is given makes no difference, and what the worker gives itself is none."""
    task = make([])
    with capture() as effects, airlock.scope():
        intent = airlock.enqueue(task, 41)
    assert effects.assert_enqueued_with(task, currency="EUR", order=41) is intent
    with pytest.raises(EffectsAssertionError, match="order: 41 != 42"):
        effects.assert_enqueued_with("charge", 42)


def test_tasks_are_performed_in_this_process(make: Make) -> None:
    """The function runs, and its arguments have travelled."""
    calls: list[Any] = []
    task = make(calls)
    with capture() as effects, airlock.scope():
        airlock.enqueue(task, (1, 2), currency="USD")
    effects.run()
    assert calls == [([1, 2], "USD")]
