"""Nothing leaves before its scope says so."""

from __future__ import annotations

import asyncio

import pytest

import airlock
from airlock import Executor, Intent, Scope
from airlock_conformance import tasks
from airlock_conformance._capability import Capability, requires
from airlock_conformance.suite._hooks import Hooks


class ScopeTests(Hooks):
    """An executor sends what it is handed, when it is handed it, and nothing else."""

    def test_nothing_is_sent_before_the_scope_ends(self, executor: Executor) -> None:
        """`enqueue()` only buffers, and asking an executor about a task sends nothing.

        If it fails, check that `accepts` only looks at the class of the task.
        """
        with Scope(executor=executor):
            airlock.enqueue(self.make_task(tasks.note), 1)
            assert self.queued() == []
        assert self.arrived_numbers(1) == [1]

    def test_nothing_is_sent_when_the_block_raises(self, executor: Executor) -> None:
        """A scope that is discarded leaves no trace in the queue.

        If it fails, check that the executor keeps nothing between calls and does not reach for the current scope.
        """
        with pytest.raises(KeyError), Scope(executor=executor):
            airlock.enqueue(self.make_task(tasks.note), 1)
            raise KeyError
        assert self.queued() == []

    def test_what_a_policy_drops_is_not_sent(self, executor: Executor) -> None:
        """Only what the policies allow reaches the queue.

        If it fails, check that the executor sends the intents that it is given and not those of a scope.
        """
        with Scope(airlock.BlockTasks({"remark"}), executor=executor):
            for name in ("note", "remark", "note"):
                airlock.enqueue(self.make_task(getattr(tasks, name)))
        assert [message.name for message in self.arrivals(2)] == ["note", "note"]

    def test_the_scope_knows_what_was_sent(self, executor: Executor) -> None:
        """After a flush `dispatched` holds every intent, and `undispatched` and `uncertain` none.

        If it fails, check that `send` yields once for each message that the queue has accepted.
        """
        task = self.make_task(tasks.note)
        with Scope(executor=executor) as scope:
            intents = [airlock.enqueue(task, number) for number in range(5)]
        assert (scope.dispatched, scope.undispatched, scope.uncertain) == (intents, [], [])

    def test_a_single_intent_may_be_handed_to_the_executor(self, executor: Executor) -> None:
        """An executor is a callable that takes one intent, also where it has `dispatch_many`.

        If it fails, check `__call__`; `QueueExecutor` has one that suits.
        """
        executor(Intent(self.make_task(tasks.note), (1,), {"two": 2}))
        assert self.arrived_calls(1) == [("note", (1,), {"two": 2})]

    def test_a_scope_in_a_coroutine_sends_as_any_other(self, executor: Executor) -> None:
        """`async with` flushes inside a running event loop.

        If it fails, check for `asyncio.run()` or `run_until_complete()` in the executor: return an awaitable instead.
        """
        task = self.make_task(tasks.note)

        async def main() -> None:
            async with Scope(executor=executor):
                airlock.enqueue(task, 1)
                airlock.enqueue(task, 2)

        asyncio.run(main())
        assert self.arrived_numbers(2) == [1, 2]

    @requires(Capability.HANDLES)
    def test_the_scope_keeps_a_handle_of_each_message(self, executor: Executor) -> None:
        """`scope.results[intent]` is what the queue returned for that message.

        If it fails, check that `send` yields the handle, and a new one for each message.
        """
        task = self.make_task(tasks.note)
        with Scope(executor=executor) as scope:
            intents = [airlock.enqueue(task, number) for number in range(3)]
        handles = [scope.results[intent] for intent in intents]
        assert None not in handles
        assert len({id(handle) for handle in handles}) == 3

    @requires(Capability.ASYNC_TASKS)
    def test_a_coroutine_function_is_sent_and_not_called(self, executor: Executor) -> None:
        """A queue that runs coroutine functions gets them like any other task, and no coroutine is made here.

        If it fails, check that the executor sends the task instead of calling it.
        """

        async def main() -> None:
            async with Scope(executor=executor):
                airlock.enqueue(self.make_task(tasks.note_later), 1)

        asyncio.run(main())
        assert [(message.name, tuple(message.args)) for message in self.arrivals(1)] == [("note_later", (1,))]
