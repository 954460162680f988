"""Performing what was recorded, as the workers of a queue would."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import airlock
from airlock import Intent, UsageError
from airlock._region import get_region, set_region
from airlock.testing import _messages as messages
from airlock.testing._errors import EffectsAssertionError
from airlock.testing._recorder import RecordingScope
from airlock.testing._serialising import arrived
from airlock.testing._tasks import wanted_tasks

if TYPE_CHECKING:
    from airlock.testing._recording import Recording, Serialize

# What pytest and unittest leave out of a traceback.
__tracebackhide__ = True
__unittest = True

_ENDS = 3


def perform(recording: Recording, recursive: bool, only: object, serialize: Serialize, limit: int) -> list[Intent]:
    """Perform what is due; what `Recording.run()` does."""
    shift = _Shift(recording, recursive, only, limit)
    with shift.at_work():
        for intent in shift.due():
            with shift.performing(intent):
                _refuse_awaitable(intent, _sync()(arrived(intent, serialize)))
    return shift.performed


async def aperform(
    recording: Recording, recursive: bool, only: object, serialize: Serialize, limit: int
) -> list[Intent]:
    """Perform what is due, awaiting what has to be; what `Recording.arun()` does."""
    shift = _Shift(recording, recursive, only, limit)
    with shift.at_work():
        for intent in shift.due():
            with shift.noting(intent):
                async with airlock.scope():
                    result = _sync()(arrived(intent, serialize))
                    if hasattr(result, "__await__"):
                        await result
    return shift.performed


def _sync() -> Any:
    from airlock.integrations.executors.sync import sync_executor

    return sync_executor


def _refuse_awaitable(intent: Intent, result: Any) -> None:
    if not hasattr(result, "__await__"):
        return
    undo = getattr(result, "close", None) or getattr(result, "cancel", None)
    if undo is not None:
        undo()
    raise UsageError(f"Performing {intent} has to be awaited: write `await effects.arun()`.", intent=intent)


class _Shift:
    """One run: what is due, what has been performed, and which task enqueued which."""

    def __init__(self, recording: Recording, recursive: bool, only: object, limit: int) -> None:
        recording._withdraw()
        self.recording = recording
        self.performed: list[Intent] = []
        self._recursive = recursive
        self._only = None if only is None else wanted_tasks(only)
        self._limit = limit
        self._enqueued_by: dict[int, Intent] = {}

    def due(self) -> Iterator[Intent]:
        """Walk through what is to be performed, in order, and what is added to it meanwhile."""
        batch = self._waiting()
        inherited = 0
        while batch:
            for intent in batch:
                inherited += id(intent) in self._enqueued_by
                if inherited > self._limit:
                    self._refuse_endless(intent)
                self.recording._performed.add(intent)
                yield intent
                self.performed.append(intent)
            batch = self._waiting() if self._recursive else []

    @contextmanager
    def at_work(self) -> Generator[None, None, None]:
        """Record, where that has ended, and stand in no scope but the recording."""
        region, around = get_region(), self.recording._scope
        scope = around or RecordingScope(self.recording, process_wide=True)
        if around is None:
            scope.open()
        try:
            set_region(scope)
            yield
        finally:
            set_region(region)
            if around is None:
                scope.close()

    @contextmanager
    def performing(self, intent: Intent) -> Generator[None, None, None]:
        """Run a task in a scope of its own, as a worker would."""
        with self.noting(intent), airlock.scope():
            yield

    @contextmanager
    def noting(self, intent: Intent) -> Generator[None, None, None]:
        """Note which intents a task enqueues, and on what it raises which task that was."""
        before = len(self.recording)
        try:
            yield
        except Exception as error:
            error.add_note(f"airlock: raised while performing {' <- '.join(self._chain(intent))}")
            raise
        finally:
            self._enqueued_by.update({id(child): intent for child in self.recording[before:]})

    def _waiting(self) -> list[Intent]:
        return [
            intent
            for intent in self.recording
            if intent not in self.recording._performed
            and (self._only is None or any(wanted.names(intent) for wanted in self._only))
        ]

    def _chain(self, intent: Intent) -> list[str]:
        """Return an intent and those whose tasks led to it, innermost first."""
        chain = [messages.line(intent)]
        enqueued_by: Intent | None = intent
        while (enqueued_by := self._enqueued_by.get(id(enqueued_by))) is not None:
            chain.append(messages.line(enqueued_by))
        return chain

    def _refuse_endless(self, intent: Intent) -> NoReturn:
        chain = self._chain(intent)[::-1]
        if len(chain) > 2 * _ENDS:
            chain[_ENDS:-_ENDS] = [f"({len(chain) - 2 * _ENDS:,} more)"]
        tree = "\n".join(f"  {'-> ' if depth else '   '}{line}" for depth, line in enumerate(chain))
        raise EffectsAssertionError(
            f"run(recursive=True) has performed {self._limit:,} tasks that tasks enqueued, and there are more:\n\n"
            f"{tree}\n\nEnd the chain in the tasks, name those to perform with `only=`, or give a higher `limit=`.",
            recording=self.recording,
            task=intent.task,
        )
