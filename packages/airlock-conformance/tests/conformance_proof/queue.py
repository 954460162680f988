"""A queue in memory, or in a file that processes share, with everything that a real one may have."""

from __future__ import annotations

import json
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from airlock_conformance import Queued, tasks


class Task:
    """A task of this queue; it cannot be called."""

    def __init__(self, function: Callable[..., object]) -> None:
        self.func = function
        self.name = function.__name__


TASKS = {function.__name__: Task(function) for function in (*tasks.FUNCTIONS, *tasks.COROUTINE_FUNCTIONS)}


class Queue:
    """Messages in order. It may be down, and it may go down after some more messages."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.lines: list[Any] = []
        self.is_down = False
        self.is_silent = False
        self.left: int | None = None
        self.lock = threading.Lock()

    def push(self, *messages: str) -> None:
        """Take messages as one unit; the one after which the queue goes down is taken, but not acknowledged."""
        with self.lock:
            if self.is_silent:
                time.sleep(0.02)
                raise TimeoutError("the queue does not answer")
            if self.is_down:
                raise ConnectionRefusedError("the queue is down")
            self._write(messages)
            if self.left is not None:
                self.left -= len(messages)
                if self.left < 0:
                    self.is_down = True
                    raise ConnectionResetError("the queue went away")

    def _write(self, messages: tuple[str, ...]) -> None:
        if self.path is None:
            self.lines += messages
            return
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(descriptor, "".join(f"{message}\n" for message in messages).encode())
        os.close(descriptor)

    @contextmanager
    def down(self) -> Iterator[None]:
        """Be down for a while."""
        self.is_down = True
        try:
            yield
        finally:
            self.is_down = False

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Answer nothing for a while."""
        self.is_silent = True
        try:
            yield
        finally:
            self.is_silent = False

    @contextmanager
    def down_after(self, count: int) -> Iterator[None]:
        """Go down after some messages, and come back at the end."""
        self.left = count
        try:
            yield
        finally:
            self.left, self.is_down = None, False

    def messages(self) -> list[dict[str, Any]]:
        """Return what is in the queue, decoded."""
        lines = self.lines
        if self.path is not None:
            lines = self.path.read_text().splitlines() if self.path.exists() else []
        return [json.loads(line() if callable(line) else line) for line in lines]

    def peek(self) -> list[Queued]:
        """Return the same for the suite."""
        return [Queued(**{**message, "args": tuple(message["args"])}) for message in self.messages()]

    def clear(self) -> None:
        """Forget everything."""
        self.lines.clear()
        if self.path is not None:
            self.path.unlink(missing_ok=True)


class Handle:
    """What the queue returns for a message."""

    def __init__(self, message: str) -> None:
        self.message = message
        self.key = uuid.uuid4()
