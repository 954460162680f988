"""Executors for the queue, right ones; the broken ones are made of these."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from types import FunctionType
from typing import Any

from airlock import Intent, InvalidIntentError
from airlock.integrations.executors import Prepared, QueueExecutor, mark_uncertain
from conformance_proof.queue import Handle, Queue, Task


class Sends(QueueExecutor[str]):
    """Sends one message after the other."""

    kind = "tasks of the queue in memory"
    options = ("countdown", "priority")
    unavailable = (ConnectionError, TimeoutError)
    carries_context = True

    def __init__(self, queue: Queue) -> None:
        self.queue = queue

    def accepts(self, task: object) -> bool:
        return isinstance(task, Task)

    def prepare(self, intent: Intent) -> str:
        options = dict(intent.dispatch_options)
        for option, value in options.items():
            if not isinstance(value, int):
                raise TypeError(f"{option} is a number, not {value!r}")
        return self.encode(intent, str(intent.id), options)

    def encode(self, intent: Intent, identity: str, options: dict[str, Any]) -> str:
        return json.dumps(
            {
                "task": intent.name,
                "args": intent.args,
                "kwargs": dict(intent.kwargs),
                "id": identity,
                "options": options,
                "context": dict(intent.context),
            }
        )

    def serialise(self, intent: Intent, value: object) -> str:
        return json.dumps(value)

    def send(self, batch: Sequence[Prepared[str]]) -> Iterator[Any]:
        for intent, message in batch:
            try:
                self.queue.push(message)
            except (ConnectionError, TimeoutError) as error:
                mark_uncertain(error, [intent])
                raise
            yield Handle(message)

    def perform(self, intent: Intent) -> Any:
        return intent.task.func(*intent.args, **intent.kwargs)


class SendsAtOnce(Sends):
    """Sends a batch as one unit."""

    def send(self, batch: Sequence[Prepared[str]]) -> Iterator[Any]:
        if not batch:
            return
        try:
            self.queue.push(*(message for _, message in batch))
        except (ConnectionError, TimeoutError) as error:
            mark_uncertain(error, [intent for intent, _ in batch])
            raise
        yield from (Handle(message) for _, message in batch)


class SendsFunctions(Sends):
    """Sends plain functions, which it cannot tell from those to run here."""

    kind = "functions of the module of tasks"

    def accepts(self, task: object) -> bool:
        return False

    def takes(self, task: object) -> bool:
        return isinstance(task, FunctionType)

    def prepare(self, intent: Intent) -> str:
        if "<" in intent.task.__qualname__:
            raise InvalidIntentError(f"no worker can import {intent.task!r}", intent=intent)
        return super().prepare(intent)

    def perform(self, intent: Intent) -> Any:
        return intent.task(*intent.args, **intent.kwargs)
