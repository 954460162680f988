"""Tasks leave in the order in which they were wanted."""

from __future__ import annotations

import airlock
from airlock import Executor, Scope
from airlock_conformance import tasks
from airlock_conformance.suite._hooks import Hooks


class OrderTests(Hooks):
    """First in, first out."""

    def test_tasks_reach_the_queue_in_the_order_in_which_they_were_enqueued(self, executor: Executor) -> None:
        """Whoever enqueues A before B finds A before B in the queue.

        If it fails, check that `send` goes through its batch from the front, and that `queued` lists the oldest first.
        """
        task = self.make_task(tasks.note)
        with Scope(executor=executor):
            for number in range(20):
                airlock.enqueue(task, number)
        assert self.arrived_numbers(20) == list(range(20))

    def test_different_tasks_keep_their_order_among_each_other(self, executor: Executor) -> None:
        """A batch of several tasks is not sorted or grouped by task.

        If it fails, check for a loop that sends one task's intents after the other's; group only neighbours.
        """
        names = ["note", "remark", "remark", "note", "remark", "note"]
        with Scope(executor=executor):
            for number, name in enumerate(names):
                airlock.enqueue(self.make_task(getattr(tasks, name)), number)
        found = [(message.name, message.args[0]) for message in self.arrivals(len(names))]
        assert found == [(name, number) for number, name in enumerate(names)]

    def test_scopes_reach_the_queue_in_the_order_in_which_they_end(self, executor: Executor) -> None:
        """What one scope flushed is in the queue before what the next one flushes.

        If it fails, check that nothing is held back from one `dispatch_many` to the next.
        """
        task = self.make_task(tasks.note)
        for number in range(3):
            with Scope(executor=executor):
                airlock.enqueue(task, number)
        assert self.arrived_numbers(3) == [0, 1, 2]
