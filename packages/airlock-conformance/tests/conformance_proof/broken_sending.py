"""Broken in what is sent, when, and in which order."""

from __future__ import annotations

import asyncio
import inspect

import airlock
from airlock.integrations.executors import Prepared
from conformance_proof.executor import Sends
from conformance_proof.queue import Handle
from conformance_proof.registry import caught_by


@caught_by("test_tasks_reach_the_queue_in_the_order_in_which_they_were_enqueued")
class SendsBackwards(Sends):
    def send(self, batch):
        return super().send(batch[::-1])


@caught_by("test_different_tasks_keep_their_order_among_each_other")
class SortsByTask(Sends):
    def send(self, batch):
        return super().send(sorted(batch, key=lambda prepared: prepared.intent.name))


@caught_by("test_scopes_reach_the_queue_in_the_order_in_which_they_end")
class PutsEachBatchInFront(Sends):
    def send(self, batch):
        self.queue.lines[:0] = [message for _, message in batch]
        yield from (Handle(message) for _, message in batch)


@caught_by("test_nothing_is_sent_before_the_scope_ends")
class SendsAProbeWhenAsked(Sends):
    def accepts(self, task):
        self.queue.push(self.encode(airlock.Intent(task), "probe", {}))
        return super().accepts(task)


@caught_by("test_nothing_is_sent_when_the_block_raises")
class FlushesWhatIsDiscarded(Sends):
    def accepts(self, task):
        scope = airlock.get_current_scope()
        if scope is not None:
            scope.should_flush = lambda error: True
        return super().accepts(task)


@caught_by("test_what_a_policy_drops_is_not_sent")
class SendsWhateverTheScopeHolds(Sends):
    scope = None

    def accepts(self, task):
        self.scope = airlock.get_current_scope() or self.scope
        return super().accepts(task)

    def send(self, batch):
        everything = [Prepared(intent, self.prepare(intent)) for intent in self.scope.intents]
        return super().send(everything)


@caught_by("test_the_scope_knows_what_was_sent")
class AcknowledgesOnlyTheFirst(Sends):
    def send(self, batch):
        handles = list(super().send(batch))
        yield handles[0]


@caught_by("test_a_single_intent_may_be_handed_to_the_executor")
class IgnoresASingleIntent(Sends):
    def __call__(self, intent):
        return None


@caught_by("test_a_scope_in_a_coroutine_sends_as_any_other")
class RunsAnEventLoop(Sends):
    def send(self, batch):
        loop = asyncio.new_event_loop()
        loop.call_soon(loop.stop)
        try:
            loop.run_forever()
        finally:
            loop.close()
        return super().send(batch)


@caught_by("test_the_scope_keeps_a_handle_of_each_message")
class ReturnsNothing(Sends):
    def send(self, batch):
        for _ in super().send(batch):
            yield None


@caught_by("test_a_coroutine_function_is_sent_and_not_called")
class CallsCoroutineFunctions(Sends):
    def send(self, batch):
        for intent, message in batch:
            if inspect.iscoroutinefunction(intent.task.func):
                yield intent.task.func(*intent.args, **intent.kwargs)
            else:
                yield from super().send([Prepared(intent, message)])
