"""Broken in batches, in partial failure, and in threads, processes and greenlets."""

from __future__ import annotations

import json
import os
import threading
import time

from airlock_conformance import Capability

from airlock.integrations.executors import mark_uncertain
from conformance_proof.executor import Sends
from conformance_proof.queue import Handle
from conformance_proof.registry import caught_by
from conformance_proof.suites import SEQUENTIAL, FileHooks

CHUNK = 8


@caught_by("test_a_thousand_intents_arrive_in_order")
class LosesTheLastChunk(Sends):
    def send(self, batch):
        whole = len(batch) // 100 * 100
        list(super().send(batch[:whole] if whole else batch))
        yield from (Handle(message) for _, message in batch)


@caught_by("test_dispatch_many_yields_once_for_each_intent")
class YieldsAList(Sends):
    def send(self, batch):
        yield list(super().send(batch))


@caught_by("test_an_empty_batch_sends_nothing")
class LooksAtTheFirst(Sends):
    def send(self, batch):
        assert batch[0].message
        return super().send(batch)


@caught_by("test_each_message_of_a_batch_has_its_own_task")
class TakesTheTaskOfTheFirst(Sends):
    def send(self, batch):
        for intent, message in batch:
            self.queue.push(json.dumps(json.loads(message) | {"task": batch[0].intent.name}))
            yield Handle(intent.name)


@caught_by("test_a_lost_connection_is_one_of_the_exceptions_declared")
class KnowsOnlyRefusedConnections(Sends):
    unavailable = (ConnectionRefusedError,)


@caught_by("test_every_intent_is_either_dispatched_or_undispatched")
class IsUncertainOfEverything(Sends):
    def send(self, batch):
        try:
            yield from super().send(batch)
        except ConnectionError as error:
            mark_uncertain(error, [intent for intent, _ in batch])
            raise


@caught_by("test_what_counts_as_dispatched_is_in_the_queue")
class YieldsAhead(Sends):
    def send(self, batch):
        for start in range(0, len(batch), CHUNK):
            chunk = batch[start : start + CHUNK]
            yield from (Handle(message) for _, message in chunk)
            list(super().send(chunk))


@caught_by("test_what_is_in_the_queue_is_dispatched_or_uncertain")
class IsCertainOfEverything(Sends):
    def send(self, batch):
        for _, message in batch:
            self.queue.push(message)
            yield Handle(message)


@caught_by("test_sending_the_rest_again_completes_the_batch")
class RemembersWhatItTried(Sends):
    def __init__(self, queue):
        super().__init__(queue)
        self.tried = set()

    def send(self, batch):
        left = [prepared for prepared in batch if prepared.intent not in self.tried]
        self.tried |= {intent for intent, _ in batch}
        yield from super().send(left)
        yield from (Handle(message) for _, message in batch[len(left) :])


@caught_by("test_a_batch_arrives_whole_or_not_at_all", capabilities=SEQUENTIAL | {Capability.ATOMIC_BULK})
class SendsOneAfterTheOther(Sends):
    pass


@caught_by("test_an_executor_may_be_used_in_a_thread_that_did_not_make_it")
class BelongsToAThread(Sends):
    def __init__(self, queue):
        super().__init__(queue)
        self.thread = threading.get_ident()

    def send(self, batch):
        assert threading.get_ident() == self.thread
        return super().send(batch)


class SharesABatch(Sends):
    """Keeps the batch on itself while others come in."""

    def send(self, batch):
        self.batch = batch
        time.sleep(0.005)
        list(super().send(self.batch))
        yield from (Handle(message) for _, message in batch)


@caught_by("test_threads_neither_lose_nor_mix_what_they_send")
class SharesABatchBetweenThreads(SharesABatch):
    pass


@caught_by("test_greenlets_neither_lose_nor_mix_what_they_send")
class SharesABatchBetweenGreenlets(SharesABatch):
    pass


@caught_by("test_a_forked_child_can_send", FileHooks)
class BelongsToAProcess(Sends):
    def __init__(self, queue):
        super().__init__(queue)
        self.process = os.getpid()

    def send(self, batch):
        assert os.getpid() == self.process
        return super().send(batch)


@caught_by("test_parent_and_child_do_not_share_a_connection", FileHooks)
class InheritsABuffer(Sends):
    def __init__(self, queue):
        super().__init__(queue)
        self.buffer = []

    def send(self, batch):
        list(super().send(self.buffer))
        self.buffer = list(batch)
        yield from (Handle(message) for _, message in batch)
