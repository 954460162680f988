"""What a test class says about its executor, and does around it."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager
from typing import Any, NoReturn

import pytest

from airlock import Executor, Intent, Scope
from airlock_conformance._capability import Capability
from airlock_conformance._guard import Guarded
from airlock_conformance._queued import Queued


class SharedHooks(Guarded):
    """What both suites need."""

    capabilities: Collection[Capability] = frozenset()
    """What the executor and its queue are able to do besides what all must do."""

    patience: float = 10.0
    """How many seconds something that must happen may take."""

    @pytest.fixture
    def executor(self) -> Any:
        """The executor under test; a fixture to override."""
        _missing(self, "a fixture `executor`")

    def make_task(self, function: Callable[..., object]) -> Any:
        """Turn a module-level function into a task of the queue, the same one each time."""
        _missing(self, "make_task(function)")

    def round_trip(self, value: Any) -> Any:
        """Return what the queue makes of an argument; raise where it cannot carry it.

        Both is easily said for JSON: `return json.loads(json.dumps(value))`.
        """
        return value

    def delay(self, seconds: int) -> dict[str, Any]:
        """Return the dispatch options that let a task run that many seconds later."""
        return {"countdown": seconds}


class Hooks(SharedHooks):
    """What `ExecutorSuite` needs besides."""

    option: tuple[str, Any]
    """A documented dispatch option and a value for it that is not the default; `Queued.options` shows it."""

    wrong_value: Any = object()
    """A value that is wrong for this option."""

    blocking: float = 15.0
    """How many seconds a flush may block when the backend is down, however many intents there are."""

    def queued(self) -> list[Queued]:
        """Return what is in the queue, oldest first, read without the executor; leave it there."""
        _missing(self, "queued()")

    def empty(self) -> None:
        """Forget what is in the queue; called before each test."""
        _missing(self, "empty()")

    def unserialisable(self) -> Any:
        """Return a value that the queue cannot carry."""
        _missing(self, "unserialisable()")

    def unavailable(self) -> AbstractContextManager[object]:
        """Take the backend away from the executor while the context lasts."""
        _missing(self, "unavailable()")

    def silent(self) -> AbstractContextManager[object]:
        """Let the backend accept everything and answer nothing while the context lasts."""
        _missing(self, "silent()")

    def cut_after(self, count: int) -> AbstractContextManager[object]:
        """Take the backend away once about that many messages of what is sent inside have gone out."""
        _missing(self, "cut_after(count)")

    def message_id(self, intent: Intent) -> str:
        """Return the id that the message of an intent has, where the queue cannot take `str(intent.id)` as it is."""
        return str(intent.id)

    @pytest.fixture(autouse=True)
    def _empty_queue(self, executor: Executor) -> Iterator[None]:
        self.empty()
        yield
        self.empty()

    def arrivals(self, count: int) -> list[Queued]:
        """Return what is in the queue once that many messages have arrived, or patience has run out."""
        deadline = time.monotonic() + self.patience
        while len(found := self.queued()) < count and time.monotonic() < deadline:
            time.sleep(0.01)
        return found

    def only_arrival(self) -> Queued:
        """Return the one message that has arrived."""
        found = self.arrivals(1)
        assert len(found) == 1, f"the queue holds {len(found)} messages, and not one: {found!r:.300}"
        return found[0]

    def arrives(self, numbers: set[Any]) -> bool:
        """Return whether the first arguments of the messages are these, before patience runs out."""
        deadline = time.monotonic() + self.patience
        while (found := {message.args[0] for message in self.queued()}) != numbers and time.monotonic() < deadline:
            time.sleep(0.01)
        return found == numbers

    def arrived_calls(self, count: int) -> list[tuple[str, tuple[Any, ...], dict[str, Any]]]:
        """Return the same as task, arguments and keyword arguments."""
        return [(message.name, tuple(message.args), dict(message.kwargs)) for message in self.arrivals(count)]

    def arrived_numbers(self, count: int) -> list[Any]:
        """Return the first argument of each message that has arrived."""
        return [message.args[0] for message in self.arrivals(count)]


class TolerantScope(Scope):
    """A scope that goes on after a bad intent."""

    stop_on_failure = False


def _missing(suite: object, what: str) -> NoReturn:
    raise NotImplementedError(f"{type(suite).__qualname__} needs {what}; see the README of airlock-conformance")
