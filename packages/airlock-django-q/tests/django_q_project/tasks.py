"""Tasks that a worker of the test project can import."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any


def note(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
    """Return what it was called with."""
    return args, kwargs


def write(text: str) -> None:
    """Leave a line where the test that started the worker looks for it."""
    with (Path(os.environ["AIRLOCK_DJANGO_Q_FOLDER"]) / "written").open("a") as file:
        file.write(f"{text}\n")


def fail(message: str) -> None:
    """Raise."""
    raise ValueError(message)


def on_result(task: Any) -> None:
    """Be a hook."""
    write(f"hook of {task.id}: {task.result}")


def q_options(q_options: Any = None, task_name: Any = None, sync: Any = None, broker: Any = None) -> list[Any]:
    """Have the parameters that `async_task` keeps to itself."""
    return [q_options, task_name, sync, broker]


async def coroutine() -> None:
    """Be no task for a worker that never awaits."""


def generator() -> Iterator[int]:
    """Be no task for a worker that never iterates."""
    yield 1


def _replace(function: Any) -> Any:
    @wraps(function)
    def wrapper() -> None: ...

    return wrapper


def decorated() -> None:
    """Be hidden behind another function."""


undecorated = decorated
decorated = _replace(decorated)


class Mailer:
    """Something with methods."""

    def send(self, address: str) -> str:
        """Belong to an instance."""
        return address

    @classmethod
    def deliver(cls, address: str) -> str:
        """Belong to the class."""
        return f"{cls.__name__} {address}"

    @staticmethod
    def log(address: str) -> str:
        """Belong to nobody."""
        return address


class Newsletter(Mailer):
    """Something that inherits them."""


@contextmanager
def held(path: str) -> Iterator[None]:
    """Be a function that a decorator has made."""
    yield
