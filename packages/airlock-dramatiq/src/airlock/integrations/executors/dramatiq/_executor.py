"""The executor of Dramatiq."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from airlock import Intent
from airlock.integrations.executors import Prepared, QueueExecutor, mark_uncertain
from airlock.integrations.executors.dramatiq import _kinds
from airlock.integrations.executors.dramatiq._options import ADVICE, COMPOSITION_OPTIONS, options_of
from airlock.integrations.executors.dramatiq._piece import Piece
from airlock.integrations.executors.dramatiq._registered import RECORDABLE_OPTIONS, registered_name, registered_task


class DramatiqExecutor(QueueExecutor[list[Piece]]):
    """Send actors, pipelines and groups with the broker that each belongs to.

    A scope keeps as the result of each intent what Dramatiq returned: the message as it was sent, or the pipeline or
    group. The id of the message is the intent's. What an intent carries is in the option `airlock_context` of every
    message that comes of it.
    """

    kind = "Dramatiq actors, pipelines and groups"
    carries_context = True

    if TYPE_CHECKING:
        unavailable: tuple[type[Exception], ...]
    else:

        @property
        def unavailable(self) -> tuple[type[Exception], ...]:
            """The exceptions by which brokers say that they cannot be reached."""
            return _kinds.unavailable()

    def accepts(self, task: object) -> bool:
        """Return whether a task is an actor, a pipeline or a group."""
        return _kinds.is_task(task)

    def options_for(self, intent: Intent) -> Collection[str]:
        """Return what the broker of an actor knows; a pipeline or a group can only be delayed as a whole."""
        if not _kinds.is_actor(intent.task):
            return COMPOSITION_OPTIONS
        return options_of(_kinds.actor_of(intent.task).broker)

    def advice(self, option: str) -> str:
        """Return what to write instead of what other queues call it."""
        return ADVICE.get(option, "")

    def prepare(self, intent: Intent) -> list[Piece]:
        """Build the messages of an intent and encode them."""
        from airlock.integrations.executors.dramatiq._prepare import prepare

        return prepare(intent)

    def serialise(self, intent: Intent, value: object) -> object:
        """Encode one argument; those of pipelines and groups are in their messages."""
        from airlock.integrations.executors.dramatiq._prepare import serialise

        return serialise(intent, value) if _kinds.is_actor(intent.task) else value

    def perform(self, intent: Intent) -> Any:
        """Run the task in this process."""
        from airlock.integrations.executors.dramatiq._perform import perform

        return perform(intent)

    def send(self, batch: Sequence[Prepared[list[Piece]]]) -> Iterator[Any]:
        """Send in order, what follows each other on one broker together."""
        pieces = _drain(list(batch))
        # What is sent is let go, as far as nobody else holds it.
        del batch
        begun: Intent | None = None
        try:
            for piece, message in _deliver(pieces):
                begun = None if piece.last else piece.intent
                if piece.last:
                    yield message if piece.handle is None else piece.handle
        except BaseException as error:
            uncertain = getattr(error, "uncertain_intents", ())
            if begun is not None and begun not in uncertain:
                mark_uncertain(error, (begun, *uncertain))
            raise

    def recordable_options(self, task: object) -> Collection[str]:
        """Return the options that an outbox may record."""
        return RECORDABLE_OPTIONS

    def registered_name(self, task: object) -> str | None:
        """Return the name of a task in the broker's registry, `None` where it is not there."""
        return registered_name(task)

    def registered_task(self, name: str) -> Any:
        """Return the task of a name, `None` where there is none."""
        return registered_task(name)

    def watch(self) -> None:
        """Report what is published without airlock, where Dramatiq is loaded."""
        if "dramatiq" in sys.modules:
            from airlock.integrations.dramatiq._bypass import watch

            watch()

    def unwatch(self) -> None:
        """Report it no more."""
        if "dramatiq" in sys.modules:
            from airlock.integrations.dramatiq._bypass import unwatch

            unwatch()

    def __repr__(self) -> str:
        return "dramatiq_executor"


def _drain(batch: list[Prepared[list[Piece]]]) -> Iterator[Piece]:
    batch.reverse()
    while batch:
        yield from batch.pop().message


def _deliver(pieces: Iterator[Piece]) -> Iterator[tuple[Piece, object]]:
    """Send pieces, and yield each with what its broker has made of it."""
    from airlock.integrations.executors.dramatiq._transport import send

    for (broker, as_one), run in groupby(pieces, key=lambda piece: (piece.broker, piece.run is not None)):
        yield from send(broker, run, as_one)


dramatiq_executor: DramatiqExecutor = DramatiqExecutor()
