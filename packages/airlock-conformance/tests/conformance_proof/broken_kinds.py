"""Broken in telling tasks, and in telling that the backend is down."""

from __future__ import annotations

import time
from types import BuiltinFunctionType

from conformance_proof.executor import Sends, SendsFunctions
from conformance_proof.queue import Handle, Task
from conformance_proof.registry import caught_by
from conformance_proof.suites import FunctionHooks


@caught_by("test_its_own_task_is_accepted")
class AnswersWithTheTask(Sends):
    def accepts(self, task):
        return task if isinstance(task, Task) else False


@caught_by("test_what_is_not_its_kind_is_not_accepted")
class AcceptsWhatHasAName(Sends):
    def accepts(self, task):
        return hasattr(task, "name")


class RunsStrangers(Sends):
    """Does something else with what is no task of the queue."""

    def is_stranger(self, task):
        raise NotImplementedError

    def dispatch_many(self, intents):
        for intent in intents:
            if self.is_stranger(intent.task):
                yield intent.task(*intent.args)
            else:
                yield from super().dispatch_many([intent])


@caught_by("test_the_task_of_another_queue_is_refused")
class RunsTheTasksOfOtherQueues(RunsStrangers):
    def is_stranger(self, task):
        return not isinstance(task, Task) and hasattr(task, "delay")


@caught_by("test_a_plain_function_is_refused_and_not_run")
class RunsPlainFunctions(RunsStrangers):
    def is_stranger(self, task):
        return isinstance(task, BuiltinFunctionType)


@caught_by("test_a_function_that_no_worker_can_import_is_refused", FunctionHooks)
class SendsLambdas(SendsFunctions):
    def prepare(self, intent):
        return Sends.prepare(self, intent)


@caught_by("test_auto_sends_its_tasks")
class AcceptsNothing(Sends):
    def accepts(self, task):
        return False

    def takes(self, task):
        return isinstance(task, Task)


@caught_by("test_auto_keeps_everything_else_away_from_it")
class AcceptsWhatCanBeCalled(Sends):
    def accepts(self, task):
        return callable(task) or isinstance(task, Task)


@caught_by("test_sync_performs_its_tasks_and_sends_nothing")
class PerformsBySending(Sends):
    def perform(self, intent):
        return self(intent)


@caught_by("test_a_backend_that_is_down_is_one_of_the_exceptions_declared")
class RaisesAnErrorOfItsOwn(Sends):
    def send(self, batch):
        try:
            yield from super().send(batch)
        except ConnectionError as error:
            raise RuntimeError("could not send") from error


@caught_by("test_a_backend_that_is_down_fails_a_flush_once_and_soon")
class TriesEveryIntent(Sends):
    def send(self, batch):
        for prepared in batch:
            try:
                yield from super().send([prepared])
            except ConnectionError:
                time.sleep(0.02)
        self.queue.push()


@caught_by("test_a_backend_that_is_silent_fails_a_flush_once_and_soon")
class WaitsForEveryIntent(Sends):
    def send(self, batch):
        for prepared in batch:
            try:
                yield from super().send([prepared])
            except TimeoutError as error:
                failure = error
        raise failure


@caught_by("test_what_was_not_sent_is_known_exactly")
class YieldsBeforeItSends(Sends):
    def send(self, batch):
        yield from (Handle(message) for _, message in batch)
        list(super().send(batch))


@caught_by("test_it_works_again_when_the_backend_is_back")
class StaysBroken(Sends):
    failure = None

    def send(self, batch):
        if self.failure is not None:
            raise self.failure
        try:
            yield from super().send(batch)
        except ConnectionError as error:
            self.failure = error
            raise
