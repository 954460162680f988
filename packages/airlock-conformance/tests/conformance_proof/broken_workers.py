"""Broken in a way that a worker shows."""

from __future__ import annotations

import inspect
from contextlib import nullcontext

import airlock
from conformance_proof.broken_messages import IgnoresOptions, Rewrites, TakesArgumentsForOptions
from conformance_proof.broken_sending import FlushesWhatIsDiscarded
from conformance_proof.executor import Sends
from conformance_proof.queue import TASKS
from conformance_proof.registry import caught_by
from conformance_proof.suites import WorkerHooks


class OpensAScope(WorkerHooks):
    """Runs each task in a scope."""

    def run(self, message):
        with airlock.Scope(airlock.DropAll()):
            super().run(message)


class RestoresNothing(WorkerHooks):
    """Leaves what a message carries where it is."""

    def restored(self, message):
        return nullcontext()


class RestoresForGood(WorkerHooks):
    """Never takes back what it has restored."""

    def restored(self, message):
        super().restored(message).__enter__()
        return nullcontext()


class AwaitsNothing(WorkerHooks):
    """Calls coroutine functions like any other."""

    def run(self, message):
        function = TASKS[message["task"]].func
        if inspect.iscoroutinefunction(function):
            function(*message["args"]).close()
        else:
            super().run(message)


class SendsNothingFromInside(WorkerHooks):
    """Loses what its own tasks send."""

    def run(self, message):
        if message["task"] != "relay":
            super().run(message)


class TakesSelfForItself(WorkerHooks):
    """Has a `self` of its own in the call of a task."""

    def run(self, message):
        message["kwargs"].pop("self", None)
        super().run(message)


@caught_by("test_a_task_runs_with_its_arguments", WorkerHooks)
class LosesKeywordArguments(Rewrites):
    def rewrite(self, intent, message):
        message["kwargs"] = {}


@caught_by("test_plain_values_reach_the_worker_as_they_are", WorkerHooks)
class MakesTextOfAllButTheFirst(Rewrites):
    def rewrite(self, intent, message):
        message["args"] = [*message["args"][:1], *map(str, message["args"][1:])]


caught_by("test_keyword_arguments_called_like_options_reach_the_worker", WorkerHooks)(TakesArgumentsForOptions)


@caught_by("test_keyword_arguments_of_any_name_reach_the_worker", TakesSelfForItself)
class HasAWorkerThatTakesSelfForItself(Sends):
    pass


@caught_by("test_a_megabyte_reaches_the_worker", WorkerHooks)
class CutsLongText(Rewrites):
    def rewrite(self, intent, message):
        message["args"] = [value[:65536] if isinstance(value, str) else value for value in message["args"]]


@caught_by("test_every_task_of_a_large_flush_runs_once", WorkerHooks)
class SendsEverythingTwice(Sends):
    def send(self, batch):
        list(super().send(batch))
        return super().send(batch)


caught_by("test_what_was_discarded_never_runs", WorkerHooks)(FlushesWhatIsDiscarded)


@caught_by("test_a_task_starts_without_a_scope", OpensAScope)
class HasAWorkerThatOpensAScope(Sends):
    pass


@caught_by("test_what_an_intent_carries_is_in_force_in_the_worker", RestoresNothing)
class HasAWorkerThatRestoresNothing(Sends):
    pass


@caught_by("test_the_next_task_sees_nothing_of_what_was_carried", RestoresForGood)
class HasAWorkerThatRestoresForGood(Sends):
    pass


@caught_by("test_a_task_may_send_another_one", SendsNothingFromInside)
class HasAWorkerThatSendsNothing(Sends):
    pass


caught_by("test_a_delayed_task_runs_later", WorkerHooks)(IgnoresOptions)


@caught_by("test_a_coroutine_function_is_awaited_by_the_worker", AwaitsNothing)
class HasAWorkerThatAwaitsNothing(Sends):
    pass
