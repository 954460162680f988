"""Tasks of a broker's app, and flushes of them."""

from collections.abc import Callable
from typing import Any

import celery

import airlock
from airlock import Scope
from airlock.integrations.executors.celery import celery_executor


class Tolerant(Scope):
    """A scope that goes on after a bad intent."""

    stop_on_failure = False


def echo(value: object) -> object:
    """Return the argument."""
    return value


def task_of(broker: Any) -> Any:
    """Return a task that takes one argument."""
    return broker.app.task(name="shop.echo", shared=False)(echo)


def locked_task_of(broker: Any) -> Any:
    """Return a task that cannot be sent."""

    class Locked(celery.Task):
        name = "shop.locked"

        def apply_async(self, *_: Any, **__: Any) -> Any:
            raise KeyError("locked")

        def run(self) -> None: ...

    return broker.app.register_task(Locked())


def disturbing_task_of(broker: Any, disturb: Callable[[], object], *, first: bool) -> Any:
    """Return a task that disturbs its broker before or after it is sent."""

    class Disturbing(celery.Task):
        name = "shop.disturbing"

        def apply_async(self, *args: Any, **options: Any) -> Any:
            if first:
                disturb()
            result = super().apply_async(*args, **options)
            if not first:
                disturb()
            return result

        def run(self, value: object) -> object:
            return value

    return broker.app.register_task(Disturbing())


def flush(task: Any, count: int, **options: Any) -> Scope:
    """Send a number of messages with one flush."""
    with Scope(executor=celery_executor) as scope:
        for number in range(count):
            airlock.options(**options).enqueue(task, number)
    return scope


def numbers(broker: Any) -> list[Any]:
    """Return the first arguments of what a broker has."""
    return [message.args[0] for message in broker.queued()]
