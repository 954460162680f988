"""A real worker runs what was sent."""

from __future__ import annotations

import time
import uuid
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

import pytest

import airlock
from airlock import Executor, Intent, Scope
from airlock_conformance import tasks
from airlock_conformance._capability import Capability, requires
from airlock_conformance.suite._hooks import SharedHooks, _missing
from airlock_conformance.suite.arguments import NAMES, PLAIN

MANY: Final = 100


class RunningTests(SharedHooks):
    """Tasks arrive in a worker exactly as they were wanted."""

    patience: float = 30.0
    """How many seconds a task may take until it has run."""

    relay: tuple[str, str]
    """Where a task in the worker finds the executor and the function that makes tasks, as `module:attribute`."""

    def worker(self) -> AbstractContextManager[object]:
        """Run a real worker that consumes the queue while the context lasts; entered once for the class."""
        _missing(self, "worker()")

    @pytest.fixture
    def token(self) -> str:
        """What tells the calls of one test from those of others: their first argument."""
        return uuid.uuid4().hex

    def calls(self, airlock_trace: Path, token: str, count: int) -> list[tasks.Call]:
        """Return the calls with that token, once there are as many, or patience has run out."""
        deadline = time.monotonic() + self.patience
        while True:
            found = [call for call in tasks.read(airlock_trace) if token in call.args]
            if len(found) >= count or time.monotonic() > deadline:
                return found
            time.sleep(0.01)

    def only_call(self, trace: Path, token: str) -> tasks.Call:
        """Return the one call with that token."""
        found = self.calls(trace, token, 1)
        assert len(found) == 1, f"the task ran {len(found)} times, and not once: {found!r:.300}"
        return found[0]

    def run_another(self, executor: Executor, airlock_trace: Path) -> None:
        """Send one more task and wait until it has run."""
        token = uuid.uuid4().hex
        with Scope(executor=executor):
            airlock.enqueue(self.make_task(tasks.remark), token)
        assert self.calls(airlock_trace, token, 1)

    def test_a_task_runs_with_its_arguments(self, executor: Executor, airlock_trace: Path, token: str) -> None:
        """A worker calls the task with the arguments that it was enqueued with.

        If it fails, check that the worker consumes the queue that the executor sends to, and knows the tasks by the
        same names.
        """
        with Scope(executor=executor):
            airlock.enqueue(self.make_task(tasks.describe), token, [1, 2], style="plain")
        call = self.only_call(airlock_trace, token)
        assert (call.task, call.args, call.kwargs) == ("describe", repr((token, [1, 2])), "[('style', 'plain')]")

    def test_plain_values_reach_the_worker_as_they_are(
        self, executor: Executor, airlock_trace: Path, token: str
    ) -> None:
        """What JSON can say keeps its value and its type all the way.

        If it fails, check the serialisers of executor and worker against each other.
        """
        with Scope(executor=executor):
            airlock.enqueue(self.make_task(tasks.note), token, *PLAIN.values())
        call = self.only_call(airlock_trace, token)
        assert call.args == repr((token, *PLAIN.values()))

    def test_keyword_arguments_of_any_name_reach_the_worker(
        self, executor: Executor, airlock_trace: Path, token: str
    ) -> None:
        """Every name that a keyword argument may have is one that a task in the worker may have, even `self`.

        If it fails, check how the worker calls the task: many have parameters of their own in that call.
        """
        arguments = dict(zip(NAMES, range(len(NAMES)), strict=True))
        with Scope(executor=executor):
            airlock.enqueue(self.make_task(tasks.note), token, **arguments)
        call = self.only_call(airlock_trace, token)
        assert call.kwargs == repr(sorted(arguments.items()))

    def test_keyword_arguments_called_like_options_reach_the_worker(
        self, executor: Executor, airlock_trace: Path, token: str
    ) -> None:
        """Arguments called like the queue's own options reach the task, and change nothing else.

        If it fails, check for a call that spreads the task's arguments beside the queue's own parameters.
        """
        arguments = {name: index for index, name in enumerate(NAMES) if name != "self"}
        with Scope(executor=executor):
            airlock.enqueue(self.make_task(tasks.note), token, **arguments)
        call = self.only_call(airlock_trace, token)
        assert call.kwargs == repr(sorted(arguments.items()))

    def test_a_megabyte_reaches_the_worker(self, executor: Executor, airlock_trace: Path, token: str) -> None:
        """A large argument arrives whole.

        If it fails, check the limits of the queue, and make the executor refuse what is beyond them.
        """
        with Scope(executor=executor):
            airlock.enqueue(self.make_task(tasks.measure), token, "x" * 1_000_000)
        call = self.only_call(airlock_trace, token)
        assert call.args == repr((token, 1_000_000))

    def test_every_task_of_a_large_flush_runs_once(self, executor: Executor, airlock_trace: Path, token: str) -> None:
        """Of a hundred intents each runs, and runs once.

        If it fails, check the acknowledgement of messages, and what the executor does at the borders of a batch.
        """
        task = self.make_task(tasks.note)
        with Scope(executor=executor):
            for number in range(MANY):
                airlock.enqueue(task, token, number)
        self.calls(airlock_trace, token, MANY)
        self.run_another(executor, airlock_trace)
        assert sorted(call.args for call in self.calls(airlock_trace, token, MANY)) == sorted(
            repr((token, number)) for number in range(MANY)
        )

    def test_what_was_discarded_never_runs(self, executor: Executor, airlock_trace: Path, token: str) -> None:
        """The tasks of a scope that failed are not run.

        If it fails, check that nothing is sent before the scope ends.
        """
        task = self.make_task(tasks.note)
        with pytest.raises(KeyError), Scope(executor=executor):
            airlock.enqueue(task, token)
            raise KeyError
        self.run_another(executor, airlock_trace)
        assert self.calls(airlock_trace, token, 0) == []

    def test_a_task_starts_without_a_scope(self, executor: Executor, airlock_trace: Path, token: str) -> None:
        """No scope of the sender, or of the task before, is active when a task starts.

        If it fails, check for middleware that enters a scope and leaves it open.
        """
        task = self.make_task(tasks.report_scope)
        with Scope(executor=executor):
            airlock.enqueue(task, token)
            airlock.enqueue(task, token)
        assert [call.args for call in self.calls(airlock_trace, token, 2)] == [repr((token, True))] * 2

    @requires(Capability.CONTEXT)
    def test_what_an_intent_carries_is_in_force_in_the_worker(
        self, executor: Executor, airlock_trace: Path, token: str
    ) -> None:
        """A task sees what its own intent carried.

        If it fails, check that the worker calls `airlock.configure(context=tasks.CONTEXT)`, and runs each task inside
        `airlock.integrations.workers.restored(...)` with what its message carries.
        """
        task = self.make_task(tasks.report_context)
        for number in range(3):
            executor(Intent(task, (f"{token}-{number}",), context=dict.fromkeys(tasks.CONTEXT, f"r-{number}")))
        calls = [self.only_call(airlock_trace, f"{token}-{number}").args for number in range(3)]
        assert calls == [repr((f"{token}-{number}", f"r-{number}")) for number in range(3)]

    @requires(Capability.CONTEXT)
    def test_the_next_task_sees_nothing_of_what_was_carried(
        self, executor: Executor, airlock_trace: Path, token: str
    ) -> None:
        """What was restored for a task is gone when the next one starts.

        If it fails, check that the worker leaves `restored(...)` after each task, also after one that has failed.
        """
        task = self.make_task(tasks.report_context)
        for context in (dict.fromkeys(tasks.CONTEXT, "r-1"), {}):
            for _ in range(5):
                executor(Intent(task, (token,), context=context))
        calls = sorted(call.args for call in self.calls(airlock_trace, token, 10))
        assert calls == [repr((token, "r-1"))] * 5 + [repr((token, None))] * 5

    @requires(Capability.RELAY)
    def test_a_task_may_send_another_one(self, executor: Executor, airlock_trace: Path, token: str) -> None:
        """A scope in a task sends from inside the worker, and twice in the same one.

        If it fails, check for connections that the worker has inherited from the process that forked it.
        """
        task = self.make_task(tasks.relay)
        where, how = self.relay
        with Scope(executor=executor):
            airlock.enqueue(task, where, how, token)
            airlock.enqueue(task, where, how, token)
        calls = self.calls(airlock_trace, token, 2)
        assert [(call.task, call.args) for call in calls] == [("note", repr((token, "relayed")))] * 2

    @requires(Capability.DELAY)
    def test_a_delayed_task_runs_later(self, executor: Executor, airlock_trace: Path, token: str) -> None:
        """A task with a delay runs after it, and not at once.

        If it fails, check the unit of the delay, and that the worker looks for tasks that have become due.
        """
        task = self.make_task(tasks.note)
        # Whatever a worker finds that starts late is due.
        with Scope(executor=executor):
            airlock.enqueue(task, token, "first")
        self.calls(airlock_trace, token, 1)
        sent = time.time()
        with Scope(executor=executor):
            airlock.options(**self.delay(2)).enqueue(task, token, "later")
            airlock.enqueue(task, token, "now")
        calls = {call.args: call.at - sent for call in self.calls(airlock_trace, token, 3)}
        # Some queues round the time to the second.
        assert calls[repr((token, "later"))] >= 1
        assert calls[repr((token, "now"))] < calls[repr((token, "later"))]

    @requires(Capability.ASYNC_TASKS)
    def test_a_coroutine_function_is_awaited_by_the_worker(
        self, executor: Executor, airlock_trace: Path, token: str
    ) -> None:
        """A queue that runs coroutine functions runs them to their end.

        If it fails, check whether the worker needs a middleware for them, or leave `ASYNC_TASKS` out.
        """
        with Scope(executor=executor):
            airlock.enqueue(self.make_task(tasks.note_later), token, 1)
        call = self.only_call(airlock_trace, token)
        assert (call.task, call.args) == ("note_later", repr((token, 1)))
