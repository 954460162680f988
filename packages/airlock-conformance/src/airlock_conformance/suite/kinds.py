"""An executor takes its own kind of task, and knows it by its class."""

from __future__ import annotations

from typing import Any

import pytest

import airlock
from airlock import Executor, InvalidIntentError, Scope
from airlock_conformance import tasks
from airlock_conformance._capability import Capability, not_with, requires
from airlock_conformance.suite._hooks import Hooks
from airlock_conformance.suite._strangers import STRANGERS, Lookalike


class KindTests(Hooks):
    """Nothing runs inline by surprise, and nothing is sent to a queue that does not know it."""

    @not_with(Capability.PERFORMS, Capability.PLAIN_FUNCTIONS)
    def test_its_own_task_is_accepted(self, executor: Any) -> None:
        """`accepts` says yes to a task of the queue, so that `auto` finds the way.

        If it fails, check the class that `accepts` looks for; a queue may have several kinds of task object.
        """
        assert executor.accepts(self.make_task(tasks.note)) is True

    @not_with(Capability.PERFORMS)
    @pytest.mark.parametrize("stranger", STRANGERS.values(), ids=STRANGERS.keys())
    def test_what_is_not_its_kind_is_not_accepted(self, executor: Any, stranger: object) -> None:
        """`accepts` says no to everything else, also to what has a `send` or a `delay`, and never raises.

        If it fails, check that `accepts` uses `isinstance` alone: too many things have a method of that name.
        """
        assert executor.accepts(stranger) is False

    @not_with(Capability.PERFORMS)
    def test_the_task_of_another_queue_is_refused(self, executor: Executor) -> None:
        """It is an `InvalidIntentError` that names 'auto'; the other queue's task is neither called nor sent.

        If it fails, check that `accepts`, and `takes` where there is one, are strict; `QueueExecutor` does the rest.
        """
        stranger = Lookalike("note")
        with pytest.raises(InvalidIntentError, match="'auto'"), Scope(executor=executor):
            airlock.enqueue(self.make_task(tasks.note), 1)
            airlock.enqueue(stranger, 2)
        assert stranger.used == []
        assert self.queued() == []

    @not_with(Capability.PERFORMS, Capability.PLAIN_FUNCTIONS)
    def test_a_plain_function_is_refused_and_not_run(self, executor: Executor) -> None:
        """It is an `InvalidIntentError` that names 'auto', and the function does not run here.

        If it fails, check for a fallback that calls what is no task.
        """
        ran: list[int] = []
        with pytest.raises(InvalidIntentError, match="'auto'"), Scope(executor=executor):
            airlock.enqueue(ran.append, 1)
        assert ran == []
        assert self.queued() == []

    @requires(Capability.PLAIN_FUNCTIONS)
    def test_a_function_that_no_worker_can_import_is_refused(self, executor: Executor) -> None:
        """A lambda, or a function inside a function, is an `InvalidIntentError` and not a message that nobody can run.

        If it fails, check that `prepare` looks the function up under the name that goes into the message.
        """
        with pytest.raises(InvalidIntentError), Scope(executor=executor):
            airlock.enqueue(self.make_task(tasks.note), 1)
            airlock.enqueue(lambda: None)
        assert self.queued() == []
