"""Many intents at once."""

from __future__ import annotations

from typing import Any, Final

import airlock
from airlock import Executor, Intent, Scope
from airlock_conformance import tasks
from airlock_conformance._capability import Capability, requires
from airlock_conformance.suite._hooks import Hooks

MANY: Final = 1000


class BulkTests(Hooks):
    """`dispatch_many` takes a flush as a whole."""

    @requires(Capability.BULK)
    def test_a_thousand_intents_arrive_in_order(self, executor: Executor) -> None:
        """A large flush loses nothing, doubles nothing and keeps its order.

        If it fails, check the borders between chunks, and the last one, which is shorter.
        """
        task = self.make_task(tasks.note)
        with Scope(executor=executor) as scope:
            intents = [airlock.enqueue(task, number) for number in range(MANY + 1)]
        assert scope.dispatched == intents
        assert self.arrived_numbers(MANY + 1) == list(range(MANY + 1))

    @requires(Capability.BULK)
    def test_dispatch_many_yields_once_for_each_intent(self, executor: Any) -> None:
        """The scope counts what `dispatch_many` yields: one value for each message that the queue has accepted.

        If it fails, check for a batch whose handles are yielded as one list.
        """
        task = self.make_task(tasks.note)
        intents = [Intent(task, (number,)) for number in range(10)]
        assert len(list(executor.dispatch_many(intents))) == 10
        assert self.arrived_numbers(10) == list(range(10))

    @requires(Capability.BULK)
    def test_an_empty_batch_sends_nothing(self, executor: Any) -> None:
        """`dispatch_many([])` yields nothing and leaves the queue alone.

        If it fails, check for the first or last element of a batch that is taken without looking.
        """
        assert list(executor.dispatch_many([])) == []
        assert self.queued() == []

    @requires(Capability.BULK)
    def test_each_message_of_a_batch_has_its_own_task(self, executor: Executor) -> None:
        """A batch may mix tasks, arguments and keyword arguments.

        If it fails, check for what is read from the first intent and used for all.
        """
        with Scope(executor=executor):
            airlock.enqueue(self.make_task(tasks.note), 1)
            airlock.enqueue(self.make_task(tasks.remark), two=2)
            airlock.enqueue(self.make_task(tasks.describe), "three", style=3)
        assert self.arrived_calls(3) == [
            ("note", (1,), {}),
            ("remark", (), {"two": 2}),
            ("describe", ("three",), {"style": 3}),
        ]
