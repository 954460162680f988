"""A message is known by the id of its intent."""

from __future__ import annotations

import airlock
from airlock import Executor, Intent, Scope
from airlock_conformance import tasks
from airlock_conformance._capability import Capability, requires
from airlock_conformance.suite._hooks import Hooks


class IdentityTests(Hooks):
    """`intent.id` is the id of the message where the sender may choose it."""

    @requires(Capability.MESSAGE_ID)
    def test_the_id_of_an_intent_is_the_id_of_its_message(self, executor: Executor) -> None:
        """Each message carries `str(intent.id)` of its own intent.

        If it fails, check that `prepare` gives the queue `str(intent.id)`, and that `queued` reads the same field.
        """
        task = self.make_task(tasks.note)
        with Scope(executor=executor):
            intents = [airlock.enqueue(task, number) for number in range(3)]
        assert [message.id for message in self.arrivals(3)] == [self.message_id(intent) for intent in intents]

    @requires(Capability.MESSAGE_ID)
    def test_an_intent_that_is_sent_again_has_the_same_id(self, executor: Executor) -> None:
        """After an uncertain flush the same intent may be sent once more, and whoever receives it can tell.

        If it fails, check that the id is made of nothing but `intent.id`: no counter, no time, no new UUID.
        """
        intent = Intent(self.make_task(tasks.note), (1,))
        executor(intent)
        executor(intent)
        assert {message.id for message in self.arrivals(2)} == {self.message_id(intent)}
