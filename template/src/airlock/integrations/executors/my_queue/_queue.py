"""A queue in memory, in the place of the real one: replace this module by the queue that you have."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import update_wrapper
from typing import Any, Generic, NamedTuple, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class Message(NamedTuple):
    """What is in a queue: a task by its name, its arguments as JSON, and the seconds that it is to wait."""

    id: str
    task: str
    arguments: str
    delay: float


class Task(Generic[P, R]):
    """A function that a worker may run."""

    def __init__(self, queue: Queue, function: Callable[P, R]) -> None:
        update_wrapper(self, function)
        self.queue = queue
        self.function = function
        self.name: str = getattr(function, "__qualname__", repr(function))

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run the function here."""
        return self.function(*args, **kwargs)


class Queue:
    """Messages in memory, and the tasks that they name."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.tasks: dict[str, Task[..., Any]] = {}

    def task(self, function: Callable[P, R]) -> Task[P, R]:
        """Make a task of a function."""
        task = Task(self, function)
        self.tasks[task.name] = task
        return task

    def work(self) -> None:
        """Run what need not wait, oldest first."""
        due = [message for message in self.messages if message.delay <= 0]
        self.messages = [message for message in self.messages if message.delay > 0]
        for message in due:
            args, kwargs = json.loads(message.arguments)
            self.tasks[message.task](*args, **kwargs)


def encode(value: object) -> str:
    """Return a value as JSON, which has no NaN."""
    return json.dumps(value, allow_nan=False)
