"""The backend goes away in the middle of a batch."""

from __future__ import annotations

from typing import Any, Final

import pytest

import airlock
from airlock import Intent, Scope
from airlock_conformance import tasks
from airlock_conformance._capability import Capability, requires
from airlock_conformance.suite._hooks import Hooks

BATCH: Final = 50
CUT: Final = 20


class PartialFailureTests(Hooks):
    """Afterwards it is known what was sent, what was not, and what nobody can know."""

    @requires(Capability.PARTIAL_FAILURE)
    def test_a_lost_connection_is_one_of_the_exceptions_declared(self, executor: Any) -> None:
        """The error is an instance of `executor.unavailable`, also in the middle of a batch.

        If it fails, check what the queue's client raises when an open connection breaks; it is often another class than
        for a connection that cannot be made.
        """
        task = self.make_task(tasks.note)
        intents = [Intent(task, (number,)) for number in range(BATCH)]
        with self.cut_after(CUT), pytest.raises(executor.unavailable):
            list(executor.dispatch_many(intents))

    @requires(Capability.PARTIAL_FAILURE)
    def test_every_intent_is_either_dispatched_or_undispatched(self, executor: Any) -> None:
        """Of a batch that was cut a first part is dispatched, in order, and the rest is undispatched.

        If it fails, check that `send` yields in the order of its batch, and ends by raising.
        """
        with self.cut_after(CUT):
            scope = _flush(executor, self.make_task(tasks.note))
        sent = len(scope.dispatched)
        assert scope.undispatched
        assert (scope.dispatched, scope.undispatched) == (scope.intents[:sent], scope.intents[sent:])
        assert all(intent in scope.undispatched for intent in scope.uncertain)

    @requires(Capability.PARTIAL_FAILURE)
    def test_what_counts_as_dispatched_is_in_the_queue(self, executor: Any) -> None:
        """No intent is reported as sent that the queue does not have.

        If it fails, check that `send` yields after the queue has answered, not when the bytes have left.
        """
        with self.cut_after(CUT):
            scope = _flush(executor, self.make_task(tasks.note))
        sent = [intent.args[0] for intent in scope.dispatched]
        assert self.arrived_numbers(len(sent))[: len(sent)] == sent

    @requires(Capability.PARTIAL_FAILURE)
    def test_what_is_in_the_queue_is_dispatched_or_uncertain(self, executor: Any) -> None:
        """Whatever else arrived is in `uncertain`, so that nobody takes it for lost.

        If it fails, check that the error passes through `mark_uncertain` with every intent that was written to the
        connection and not acknowledged.
        """
        with self.cut_after(CUT):
            scope = _flush(executor, self.make_task(tasks.note))
        known = {intent.args[0] for intent in [*scope.dispatched, *scope.uncertain]}
        assert {message.args[0] for message in self.queued()} <= known

    @requires(Capability.PARTIAL_FAILURE)
    def test_sending_the_rest_again_completes_the_batch(self, executor: Any) -> None:
        """With `undispatched` sent once more every intent is in the queue, and no other: at least once, never less.

        If it fails, check for a memory of what was sent, and for a connection that stays broken.
        """
        with self.cut_after(CUT):
            scope = _flush(executor, self.make_task(tasks.note))
        list(executor.dispatch_many(scope.undispatched))
        assert self.arrives(set(range(BATCH))), "the queue does not hold exactly the intents of the batch"
        numbers = self.arrived_numbers(BATCH)
        twice = {number for number in numbers if numbers.count(number) > 1}
        assert twice <= {intent.args[0] for intent in scope.uncertain}

    @requires(Capability.PARTIAL_FAILURE, Capability.ATOMIC_BULK)
    def test_a_batch_arrives_whole_or_not_at_all(self, executor: Any) -> None:
        """A queue that takes a batch as one unit has all of it or nothing after the cut.

        If it fails, check that the whole batch is one transaction, or leave `ATOMIC_BULK` out.
        """
        with self.cut_after(CUT):
            _flush(executor, self.make_task(tasks.note))
        assert len(self.queued()) in (0, BATCH)


def _flush(executor: Any, task: Any) -> Scope:
    """Flush a batch that will not get through."""
    scope = Scope(executor=executor)
    with pytest.raises(executor.unavailable), scope:
        for number in range(BATCH):
            airlock.enqueue(task, number)
    return scope
