"""What an executor and its queue may be able to do besides what all must do."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, unique
from typing import TypeVar

F = TypeVar("F", bound=Callable[..., object])


@unique
class Capability(Enum):
    """An ability that a test class declares; tests of an ability that it does not declare are deselected."""

    ASYNC_TASKS = "its tasks may be coroutine functions"
    ATOMIC_BULK = "a batch arrives whole or not at all"
    BULK = "the executor has `dispatch_many()`"
    CONTEXT = "its messages carry `intent.context`; `Queued.context` shows it, and a real worker restores it"
    DELAY = "a task may be sent now to run later; the class says how with `delay()`"
    FORK = "a forked child may send, and the queue is shared between processes"
    GEVENT = "it works under gevent's monkey patches"
    HANDLES = "the executor returns the queue's own handle of each message"
    MESSAGE_ID = "the sender chooses the id of a message"
    OPTIONS = "there are dispatch options; the class names one with `option`"
    PARTIAL_FAILURE = "the test can take the backend away in the middle of a batch, with `cut_after()`"
    PERFORMS = "it is no queue: the executor runs the task itself, here and now"
    PLAIN_FUNCTIONS = "its tasks are plain functions, which the worker imports by name"
    RELAY = "a task may send another one from inside the worker, with what `relay` names"
    SILENCE = "the test can make the backend accept everything and answer nothing, with `silent()`"
    UNAVAILABLE = "the test can take the backend away, with `unavailable()`"


class Needs:
    """Which abilities a test asks for, and which make it pointless."""

    def __init__(self) -> None:
        self.all_of: set[Capability] = set()
        self.none_of: set[Capability] = set()

    def met_by(self, capabilities: set[Capability]) -> bool:
        """Return whether a test applies to an executor with these capabilities."""
        return self.all_of <= capabilities and not (self.none_of & capabilities)


def needs_of(test: object) -> Needs:
    """Return what a test asks for."""
    found = getattr(test, "airlock_needs", None)
    return found if isinstance(found, Needs) else Needs()


def requires(*capabilities: Capability) -> Callable[[F], F]:
    """Run a test only where all these capabilities are declared."""

    def decorate(test: F) -> F:
        _own_needs(test).all_of.update(capabilities)
        return test

    return decorate


def not_with(*capabilities: Capability) -> Callable[[F], F]:
    """Run a test only where none of these capabilities is declared."""

    def decorate(test: F) -> F:
        _own_needs(test).none_of.update(capabilities)
        return test

    return decorate


def _own_needs(test: object) -> Needs:
    needs = needs_of(test)
    vars(test)["airlock_needs"] = needs
    return needs
