"""What the suite needs to know about the queue."""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import tempfile
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, ClassVar

from airlock_conformance import Capability, Queued, tasks

import airlock
from airlock.integrations.workers import restored
from conformance_proof.executor import Sends
from conformance_proof.queue import TASKS, Queue

SEQUENTIAL = frozenset(
    {
        Capability.ASYNC_TASKS,
        Capability.BULK,
        Capability.CONTEXT,
        Capability.GEVENT,
        Capability.HANDLES,
        Capability.MESSAGE_ID,
        Capability.OPTIONS,
        Capability.PARTIAL_FAILURE,
        Capability.SILENCE,
        Capability.UNAVAILABLE,
    }
)


def task_of(function: Callable[..., object]) -> Any:
    """Return the task of a function."""
    return TASKS[function.__name__]


class MemoryHooks:
    """For a queue in memory."""

    queue: ClassVar[Queue] = Queue()
    capabilities: Collection[Capability] = SEQUENTIAL
    option = ("countdown", 60)

    def make_task(self, function: Callable[..., object]) -> Any:
        return task_of(function)

    def round_trip(self, value: Any) -> Any:
        return json.loads(json.dumps(value))

    def queued(self) -> list[Queued]:
        return self.queue.peek()

    def empty(self) -> None:
        self.queue.clear()

    def unserialisable(self) -> object:
        return object()

    def unavailable(self) -> AbstractContextManager[None]:
        return self.queue.down()

    def silent(self) -> AbstractContextManager[None]:
        return self.queue.silent()

    def cut_after(self, count: int) -> AbstractContextManager[None]:
        return self.queue.down_after(count)


class FileHooks(MemoryHooks):
    """For a queue in a file, which a forked child reaches too."""

    queue: ClassVar[Queue] = Queue(Path(tempfile.gettempdir()) / f"airlock-proof-{os.getpid()}")
    capabilities: Collection[Capability] = {Capability.CONTEXT, Capability.FORK, Capability.MESSAGE_ID}


class FunctionHooks(MemoryHooks):
    """For a queue whose tasks are plain functions."""

    capabilities: Collection[Capability] = SEQUENTIAL - {Capability.GEVENT} | {Capability.PLAIN_FUNCTIONS}

    def make_task(self, function: Callable[..., object]) -> Any:
        return function


class WorkerHooks(MemoryHooks):
    """For a worker, in a thread, that runs what is in the queue."""

    capabilities: Collection[Capability] = {
        Capability.ASYNC_TASKS,
        Capability.CONTEXT,
        Capability.DELAY,
        Capability.RELAY,
    }
    relay = ("conformance_proof.suites:in_worker", "conformance_proof.suites:task_of")
    patience = 5.0

    @contextmanager
    def worker(self) -> Iterator[None]:
        self.queue.clear()
        airlock.configure(context=tasks.CONTEXT)
        done = threading.Event()
        thread = threading.Thread(target=self.work, args=(done,))
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()
            airlock.configure(context={})

    def work(self, done: threading.Event) -> None:
        position = 0
        while not done.wait(0.005):
            for message in self.queue.messages()[position:]:
                position += 1
                delay = message["options"].get("countdown", 0)
                if delay:
                    self.run_later(delay, message)
                else:
                    self.run(message)

    def run_later(self, delay: float, message: dict[str, Any]) -> None:
        timer = threading.Timer(delay, self.run, [message])
        timer.daemon = True
        timer.start()

    def run(self, message: dict[str, Any]) -> None:
        with self.restored(message):
            result = TASKS[message["task"]].func(*message["args"], **message["kwargs"])
            if inspect.iscoroutine(result):
                asyncio.run(result)

    def restored(self, message: dict[str, Any]) -> AbstractContextManager[None]:
        return restored(message.get("context"))


in_worker = Sends(MemoryHooks.queue)
