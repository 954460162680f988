"""The executor that sends to Celery."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from airlock import Intent
from airlock.integrations.executors import Prepared, QueueExecutor
from airlock.integrations.executors.celery._library import broker_errors, celery_classes, library
from airlock.integrations.executors.celery._message import Message, message_of, serialise
from airlock.integrations.executors.celery._options import OPTIONS
from airlock.integrations.executors.celery._registered import RECORDABLE_OPTIONS, registered_name, registered_task
from airlock.integrations.executors.celery._sending import send_all

_ARGUMENTS = "give the arguments of the task to enqueue()"
_CONNECTIONS = "the executor sends through connections of its own"
_ADVICE = {
    "args": _ARGUMENTS,
    "connection": _CONNECTIONS,
    "kwargs": _ARGUMENTS,
    "producer": _CONNECTIONS,
    "publisher": _CONNECTIONS,
}


class CeleryExecutor(QueueExecutor[Message]):
    """Send each intent by `apply_async` of its task or signature, and keep the `AsyncResult` as its result.

    The intents of one flush go out together: as one transaction on RabbitMQ with publisher confirms, as pipelines of up
    to 1,000 messages on Redis, and one after the other through one connection elsewhere. The id of an intent becomes
    the id of its task, unless the option `task_id` gives one.

    What an intent carries is in the header `airlock_context` of every message that comes of it.

    With `task_always_eager` the tasks run where the scope ends, one after the other, and nothing is sent.
    """

    kind: str = "Celery tasks and signatures"
    options: Collection[str] = OPTIONS
    carries_context: bool = True

    if TYPE_CHECKING:
        unavailable: tuple[type[Exception], ...]
    else:

        @property
        def unavailable(self) -> tuple[type[Exception], ...]:
            """The exceptions that mean "the broker is down"; none while Celery is not loaded, and cannot raise any."""
            return broker_errors() if "celery" in sys.modules else ()

    def accepts(self, task: object) -> bool:
        """Return whether a task is a Celery task, a signature or a canvas object."""
        return isinstance(task, celery_classes())

    def advice(self, option: str) -> str:
        """Return why a parameter of `apply_async` is none of the options."""
        return _ADVICE.get(option, "")

    def prepare(self, intent: Intent) -> Message:
        """Check options and arguments, and serialise the message."""
        return message_of(intent)

    def serialise(self, intent: Intent, value: object) -> object:
        """Serialise one argument the way the task's own serializer does."""
        return serialise(intent, value)

    def send(self, batch: Sequence[Prepared[Message]]) -> Iterator[Any]:
        """Send messages in order and yield an `AsyncResult` for each, or whatever the canvas object returns."""
        return send_all(batch)

    def perform(self, intent: Intent) -> Any:
        """Run the task in this process and return what it returns; a canvas object runs all its tasks."""
        task, args, kwargs = intent.task, intent.args, intent.kwargs
        if isinstance(task, library("celery").Signature):
            result = library("celery.result")
            with result.allow_join_result():
                return task.apply(args, dict(kwargs)).get()
        if "self" not in kwargs:
            return task(*args, **kwargs)
        # Calling the task would take it for the task itself.
        task.push_request(args=args, kwargs=dict(kwargs))
        try:
            return task.run(*args, **kwargs)
        finally:
            task.pop_request()

    def recordable_options(self, task: object) -> Collection[str]:
        """Return the options that an outbox may record."""
        return RECORDABLE_OPTIONS

    def registered_name(self, task: object) -> str | None:
        """Return the name of a task in an app's registry, `None` where it is not there."""
        return registered_name(task)

    def registered_task(self, name: str) -> Any:
        """Return the task of a name, `None` where there is none."""
        return registered_task(name)

    def watch(self) -> None:
        """Report what is published without airlock, where Celery is loaded."""
        if "celery" in sys.modules:
            from airlock.integrations.executors.celery._bypass import watch

            watch()

    def unwatch(self) -> None:
        """Report it no more."""
        if "celery" in sys.modules:
            from airlock.integrations.executors.celery._bypass import unwatch

            unwatch()

    def __repr__(self) -> str:
        return "celery_executor"


celery_executor: CeleryExecutor = CeleryExecutor()
