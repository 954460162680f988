"""The executor of Huey."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from airlock import Intent
from airlock.integrations.executors import Prepared, QueueExecutor
from airlock.integrations.executors.huey import _kinds, _options, _perform
from airlock.integrations.executors.huey._errors import unavailable_errors
from airlock.integrations.executors.huey._message import Message, message_for
from airlock.integrations.executors.huey._registered import RECORDABLE_OPTIONS, registered_name, registered_task
from airlock.integrations.executors.huey._sending import send_all


class HueyExecutor(QueueExecutor[Message]):
    """Send tasks through the Huey that they belong to.

    A task with results gives a Huey `Result`, which the scope keeps. Arguments are serialised when the flush begins,
    and what is changed about them later is not sent; only groups and chords are serialised when they are sent.

    Intents that follow each other and belong to one Huey go as one unit where its storage can: one transaction on
    SQLite and PostgreSQL, one `MULTI` for each 16 MB on Redis. Huey's signal `enqueued` is sent before that, as Huey
    does it. With Huey's immediate mode on, each task runs while it is sent, and what it raises is kept in its result.
    """

    kind: str = "Huey tasks, and pipelines, groups and chords of them"
    options: Collection[str] = _options.NAMES

    if not TYPE_CHECKING:

        @property
        def unavailable(self) -> tuple[type[Exception], ...]:
            """What the storages' drivers raise when they cannot write, as far as those are loaded."""
            return unavailable_errors()

    def accepts(self, task: object) -> bool:
        """Return whether a task is of Huey's kind."""
        return _kinds.is_huey_task(task)

    def prepare(self, intent: Intent) -> Message:
        """Return the task that Huey sends, serialised."""
        return message_for(intent)

    def send(self, batch: Sequence[Prepared[Message]]) -> Iterator[Any]:
        """Send a batch, each run of one Huey by itself."""
        for _, run in groupby(batch, key=lambda prepared: id(prepared.message.huey)):
            yield from send_all(list(run))

    def serialise(self, intent: Intent, value: object) -> object:
        """Serialise one argument as the task's Huey does."""
        return _kinds.huey_of(intent).serializer.serialize(value)

    def perform(self, intent: Intent) -> Any:
        """Run the task in this process."""
        return _perform.perform(intent)

    def recordable_options(self, task: object) -> Collection[str]:
        """Return the options that an outbox may record."""
        return RECORDABLE_OPTIONS

    def registered_name(self, task: object) -> str | None:
        """Return the name of a task in its Huey's registry, `None` where it is not there."""
        return registered_name(task)

    def registered_task(self, name: str) -> Any:
        """Return the task of a name, `None` where there is none."""
        return registered_task(name)

    def watch(self) -> None:
        """Report what is published without airlock, where Huey is loaded."""
        if "huey.api" in sys.modules:
            from airlock.integrations.executors.huey._bypass import watch

            watch()

    def unwatch(self) -> None:
        """Report it no more."""
        if "huey.api" in sys.modules:
            from airlock.integrations.executors.huey._bypass import unwatch

            unwatch()


huey_executor: HueyExecutor = HueyExecutor()
"""Send tasks to their Huey."""
