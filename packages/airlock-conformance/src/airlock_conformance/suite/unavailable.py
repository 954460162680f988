"""The backend is down: said once, in bounded time, and nothing is lost in silence."""

from __future__ import annotations

import time
from typing import Any

import pytest

import airlock
from airlock import Executor, Intent, Scope
from airlock_conformance import tasks
from airlock_conformance._capability import Capability, requires
from airlock_conformance.suite._hooks import Hooks, TolerantScope


class UnavailableTests(Hooks):
    """A backend that is taken away before the flush."""

    @requires(Capability.UNAVAILABLE)
    def test_a_backend_that_is_down_is_one_of_the_exceptions_declared(self, executor: Any) -> None:
        """The error is an instance of `executor.unavailable`, and of no class as wide as `Exception`.

        If it fails, check which exceptions the queue's client raises: for refused, silent and lost connections.
        """
        assert Exception not in executor.unavailable
        with self.unavailable(), pytest.raises(executor.unavailable):
            executor(Intent(self.make_task(tasks.note), (1,)))

    @requires(Capability.UNAVAILABLE)
    def test_a_backend_that_is_down_fails_a_flush_once_and_soon(self, executor: Executor) -> None:
        """A flush of fifty intents fails once, in a time that does not grow with their number.

        If it fails, check for retries by the queue's client, for each message anew, and for a loop that goes on after
        the connection is lost.
        """
        with self.unavailable():
            took, failures = _flush(executor, self.make_task(tasks.note))
        assert failures == 1
        assert took < self.blocking

    @requires(Capability.SILENCE)
    def test_a_backend_that_is_silent_fails_a_flush_once_and_soon(self, executor: Executor) -> None:
        """A backend that accepts everything and never answers is given up after a bounded time, once a flush.

        If it fails, check that every wait for an answer has a timeout, and that the client does not repeat it.
        """
        with self.silent():
            took, failures = _flush(executor, self.make_task(tasks.note))
        assert failures == 1
        assert took < self.blocking

    @requires(Capability.UNAVAILABLE)
    def test_what_was_not_sent_is_known_exactly(self, executor: Any) -> None:
        """Nothing counts as dispatched, everything as undispatched, and only what is uncertain may be in the queue.

        If it fails, check that `send` yields after the queue has accepted, and calls `mark_uncertain` for what may have
        arrived without an answer.
        """
        task = self.make_task(tasks.note)
        scope = Scope(executor=executor)
        with self.unavailable(), pytest.raises(executor.unavailable), scope:
            for number in range(3):
                airlock.enqueue(task, number)
        assert (scope.dispatched, scope.undispatched) == ([], scope.intents)
        uncertain = [intent.args[0] for intent in scope.uncertain]
        assert {message.args[0] for message in self.queued()} <= set(uncertain) <= {0, 1, 2}

    @requires(Capability.UNAVAILABLE)
    def test_it_works_again_when_the_backend_is_back(self, executor: Any) -> None:
        """What was not sent can be sent later with the same executor.

        If it fails, check for a broken connection, or a verdict about it, that is kept.
        """
        task = self.make_task(tasks.note)
        executor(Intent(task, (0,)))
        with self.unavailable(), pytest.raises(executor.unavailable):
            executor(Intent(task, (1,)))
        executor(Intent(task, (2,)))
        found = self.arrived_numbers(2)
        assert (found[0], found[-1]) == (0, 2)


def _flush(executor: Executor, task: Any) -> tuple[float, int]:
    """Flush fifty intents that do not get through, and return the seconds it took and the number of failures."""
    scope = TolerantScope(executor=executor).enter()
    for number in range(50):
        airlock.enqueue(task, number)
    scope.exit()
    started = time.monotonic()
    with pytest.raises(ExceptionGroup) as caught:
        scope.flush()
    return time.monotonic() - started, len(caught.value.exceptions)
