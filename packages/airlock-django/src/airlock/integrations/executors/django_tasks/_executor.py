"""The executor of Django's tasks."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

from airlock import Intent
from airlock.integrations.executors import Prepared, QueueExecutor
from airlock.integrations.executors.django_tasks._frameworks import framework_of
from airlock.integrations.executors.django_tasks._unavailable import unavailable

if TYPE_CHECKING:
    from airlock.integrations.executors.django_tasks._message import Message


def _unavailable(_: object) -> tuple[type[Exception], ...]:
    return unavailable()


class DjangoTasksExecutor(QueueExecutor["Message"]):
    """Send the tasks of Django 6, and those of the package `django-tasks`, to the backend that each is configured for.

    A scope keeps the `TaskResult` of each. Arguments are turned into what JSON has when the flush begins, by Django's
    own rules: a tuple becomes a list; what JSON has not, such as NaN or a datetime, is an error that names it.

    With the backend of django-tasks-db, tasks that follow each other are inserted as one unit, under the ids of their
    intents. They are part of the transaction that is open while the scope flushes.
    """

    kind = "Django tasks"
    options: Collection[str] = ("backend", "priority", "queue_name", "run_after")

    unavailable: tuple[type[Exception], ...] = cast("Any", property(_unavailable))
    """What databases and Redis raise when they cannot be reached, and lost connections of any kind."""

    def accepts(self, task: object) -> bool:
        """Return whether a task is of Django's class, or of the backport's."""
        return framework_of(task) is not None

    def options_for(self, intent: Intent) -> Collection[str]:
        """Return what the task's `using()` takes."""
        from airlock.integrations.executors.django_tasks._options import options_of

        return options_of(cast("Any", type(intent.task)))

    def recordable_options(self, task: object) -> Collection[str]:
        """Return the options that an outbox may record."""
        return self.options

    def prepare(self, intent: Intent) -> Message:
        """Return the task with its options, and its arguments in terms of JSON."""
        from airlock.integrations.executors.django_tasks._message import message_for

        return message_for(intent)

    def send(self, batch: Sequence[Prepared[Message]]) -> Iterator[Any]:
        """Enqueue a batch and yield the result of each task, or in a coroutine what to await for it."""
        from airlock.integrations.executors.django_tasks._sending import send

        return send(batch)

    def serialise(self, intent: Intent, value: object) -> object:
        """Turn one argument into what JSON has."""
        from airlock.integrations.executors.django_tasks._message import plain

        return plain(intent, value)

    def advice(self, option: str) -> str:
        """Return what Django has instead of an option that others have."""
        from airlock.integrations.executors.django_tasks._options import advice

        return advice(option)

    def perform(self, intent: Intent) -> Any:
        """Run the task in this process."""
        from airlock.integrations.executors.django_tasks._performing import perform

        return perform(intent)

    def watch(self) -> None:
        """Report what is enqueued without airlock, for each kind of task that is loaded."""
        from airlock.integrations.executors.django_tasks._bypass import watch

        watch()

    def unwatch(self) -> None:
        """Report it no more."""
        from airlock.integrations.executors.django_tasks._bypass import unwatch

        unwatch()


django_tasks_executor: DjangoTasksExecutor = DjangoTasksExecutor()
"""Send tasks to their backends."""
