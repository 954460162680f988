"""The executor for django-q2."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from importlib import import_module
from typing import Any, cast

from airlock import Intent, InvalidIntentError
from airlock.integrations.bypass import sending
from airlock.integrations.executors import Prepared, QueueExecutor
from airlock.integrations.executors.django_q._functions import is_function, obstacle, unfold
from airlock.integrations.executors.django_q._options import OPTIONS, advice, check
from airlock.integrations.executors.django_q._package import Call, Package


def _unavailable(_: object) -> tuple[type[Exception], ...]:
    # It costs imports that must not happen where Django is not used.
    from airlock.integrations.executors.django_q._unavailable import unavailable

    return unavailable()


class DjangoQExecutor(QueueExecutor[Package]):
    """Send functions to the cluster of django-q2, over the broker that `Q_CLUSTER` names.

    Any importable function is a task, so nothing tells those of this queue from those to run here: `auto` never sends
    one, and this executor has to be asked for. A scope keeps the id of each task, which is that of the intent in hex.
    What an intent carries is in its package, under `airlock_context`.

    With the ORM broker the tasks are part of the transaction that is open while the scope flushes.
    """

    kind = "importable functions"
    options: Collection[str] = OPTIONS.keys()
    carries_context: bool = True

    unavailable: tuple[type[Exception], ...] = cast("Any", property(_unavailable))
    """The errors of databases and of Redis, and lost connections of any kind."""

    def accepts(self, task: object) -> bool:
        """Return `False`: no task says that it is this queue's own."""
        return False

    def takes(self, task: object) -> bool:
        """Return whether a task is a function."""
        return is_function(task)

    def recordable_options(self, task: object) -> Collection[str]:
        """Return the options that an outbox may record: those that have nothing else run."""
        return OPTIONS.keys() - {"chain", "hook"}

    def prepare_all(self, intents: Iterable[Intent]) -> list[Prepared[Package]]:
        """Check, announce, pickle and sign intents; send nothing yet."""
        # That Django is not set up is no intent's fault, so this is where to find out.
        import_module("airlock.integrations.executors.django_q._packages")
        with sending():
            return super().prepare_all(intents)

    def prepare(self, intent: Intent) -> Package:
        """Return the signed package that a worker will read."""
        from airlock.integrations.executors.django_q._packages import pack

        function, args, kwargs = unfold(intent.task)
        wrong = obstacle(function)
        if wrong:
            raise InvalidIntentError(f"{self!r} cannot send {intent}: {wrong}", intent=intent)
        arguments = {**kwargs, **intent.kwargs}
        options = check(intent.dispatch_options)
        return pack(Call(function, (*args, *intent.args), arguments, intent.id.hex, options, intent.context))

    def send(self, batch: Sequence[Prepared[Package]]) -> Iterator[Any]:
        """Put packages on the queue and yield the id of each, or in a coroutine what to await for it."""
        from airlock.integrations.executors.django_q._brokers import send

        return send(batch)

    def serialise(self, intent: Intent, value: object) -> bytes:
        """Pickle a value."""
        return pickle.dumps(value, pickle.HIGHEST_PROTOCOL)

    def advice(self, option: str) -> str:
        """Return what django-q2 has instead of an option that others have."""
        return advice(option)

    def watch(self) -> None:
        """Report what is published without airlock, where django-q2 is loaded."""
        if "django_q.signals" in sys.modules:
            from airlock.integrations.executors.django_q._bypass import watch

            watch()

    def unwatch(self) -> None:
        """Report it no more."""
        if "django_q.signals" in sys.modules:
            from airlock.integrations.executors.django_q._bypass import unwatch

            unwatch()


django_q_executor: DjangoQExecutor = DjangoQExecutor()
