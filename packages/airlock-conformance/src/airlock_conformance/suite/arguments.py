"""A task gets the arguments that it was enqueued with."""

from __future__ import annotations

import copy
from typing import Any, Final

import pytest

import airlock
from airlock import Executor, Intent, Scope
from airlock_conformance import tasks
from airlock_conformance._capability import Capability, not_with, requires
from airlock_conformance.suite._alike import alike
from airlock_conformance.suite._hooks import Hooks

PLAIN: Final[dict[str, Any]] = {
    "none": None,
    "booleans": [True, False],
    "numbers": [0, 1, -1, 2**53 + 1, 0.1, -0.0],
    "text": ["", "a", "naïve", "日本", "🎈", "two\nlines", "nul\x00", "%s {} $HOME \\"],
    "nested": {"a": [1, {"b": [None, [True]]}], "": {}},
    "falsy": [0, "", [], {}, None, False],
}
"""Values that every queue carries as they are."""

NAMES: Final = [
    "self",
    "cls",
    "task",
    "task_name",
    "actor",
    "func",
    "function",
    "fn",
    "name",
    "args",
    "kwargs",
    "arguments",
    "intent",
    "executor",
    "message",
    "broker",
    "app",
    "id",
    "task_id",
    "message_id",
    "job_id",
    "queue",
    "queue_name",
    "exchange",
    "routing_key",
    "countdown",
    "delay",
    "eta",
    "run_after",
    "schedule",
    "priority",
    "broker_priority",
    "expires",
    "retries",
    "retry",
    "retry_delay",
    "retry_policy",
    "max_retries",
    "timeout",
    "time_limit",
    "group",
    "chain",
    "chord",
    "hook",
    "save",
    "sync",
    "cached",
    "cluster",
    "ack_failure",
    "iter_count",
    "options",
    "q_options",
    "dispatch_options",
    "headers",
    "serializer",
    "producer",
    "connection",
    "link",
    "link_error",
    "throws",
    "max_age",
    "on_success",
    "on_failure",
    "context",
    "using",
]
"""Names that tasks give to their parameters and queues to their options."""


class ArgumentTests(Hooks):
    """Arguments arrive as they are, under the names that they have."""

    @pytest.mark.parametrize("value", PLAIN.values(), ids=PLAIN.keys())
    def test_plain_values_arrive_as_they_are(self, executor: Executor, value: Any) -> None:
        """What JSON can say keeps its value and its type, as a positional and as a keyword argument.

        If it fails, check how `prepare` encodes arguments, and that `queued` decodes them as the worker does.
        """
        with Scope(executor=executor):
            airlock.enqueue(self.make_task(tasks.note), value, keyword=value)
        message = self.only_arrival()
        found = (tuple(message.args), dict(message.kwargs))
        assert alike(found, ((value,), {"keyword": value})), f"{found!r:.300} is not {value!r:.300}"

    def test_positional_and_keyword_arguments_stay_what_they_are(self, executor: Executor) -> None:
        """A keyword argument is not turned into a positional one, nor the other way round, and order is kept.

        If it fails, check that `prepare` passes `intent.args` and `intent.kwargs` on as two things.
        """
        with Scope(executor=executor):
            airlock.enqueue(self.make_task(tasks.describe), "subject", style="plain", detail=3)
        assert self.arrived_calls(1) == [("describe", ("subject",), {"style": "plain", "detail": 3})]

    def test_a_task_without_arguments_gets_none(self, executor: Executor) -> None:
        """No arguments arrive as none, after a task that had some.

        If it fails, check what `prepare` does with an empty tuple and an empty mapping.
        """
        task = self.make_task(tasks.note)
        with Scope(executor=executor):
            airlock.enqueue(task, 1, two=2)
            airlock.enqueue(task)
        assert self.arrived_calls(2) == [("note", (1,), {"two": 2}), ("note", (), {})]

    @pytest.mark.parametrize("name", NAMES)
    def test_a_keyword_argument_may_have_any_name(self, executor: Executor, name: str) -> None:
        """An argument called like a dispatch option, or like a parameter of the queue's own call, reaches the task.

        If it fails, check for a call that spreads the task's arguments beside the queue's own parameters, such as
        `task.delay(*args, **kwargs)`; most queues have one that takes them as two values.
        """
        with Scope(executor=executor):
            airlock.enqueue(self.make_task(tasks.note), **{name: "the task's own"})
        assert self.arrived_calls(1) == [("note", (), {name: "the task's own"})]

    @requires(Capability.OPTIONS)
    def test_an_option_is_not_passed_to_the_task(self, executor: Executor) -> None:
        """What the queue is told besides is not among the task's arguments.

        If it fails, check for a call that spreads options and arguments into one mapping.
        """
        name, value = self.option
        with Scope(executor=executor):
            airlock.options(**{name: value}).enqueue(self.make_task(tasks.note), 1, two=2)
        assert self.arrived_calls(1) == [("note", (1,), {"two": 2})]

    @requires(Capability.OPTIONS)
    def test_an_argument_and_an_option_may_have_the_same_name(self, executor: Executor) -> None:
        """Each keeps its own value.

        If it fails, check for a mapping in which one overwrites the other.
        """
        name, value = self.option
        with Scope(executor=executor):
            airlock.enqueue(self.make_task(tasks.note), _dispatch_options={name: value}, **{name: "the task's own"})
        message = self.only_arrival()
        assert dict(message.kwargs) == {name: "the task's own"}
        assert message.options.get(name) == value

    @not_with(Capability.PERFORMS)
    def test_what_is_queued_does_not_change_with_the_callers_objects(self, executor: Executor) -> None:
        """A list that is changed after the flush is in the queue as it was.

        If it fails, check that `prepare` serialises, or copies, instead of keeping references.
        """
        numbers = [1, 2]
        with Scope(executor=executor):
            airlock.enqueue(self.make_task(tasks.note), numbers, keyword=numbers)
        self.arrivals(1)
        numbers.append(3)
        assert self.arrived_calls(1) == [("note", ([1, 2],), {"keyword": [1, 2]})]

    def test_an_intent_is_the_same_after_it_was_sent(self, executor: Executor) -> None:
        """Sending changes neither the arguments nor the options of an intent, so that it can be sent again.

        If it fails, check for a call into the queue that changes the mapping it is given: hand it a copy.
        """
        name, value = self.option if Capability.OPTIONS in self.capabilities else ("", None)
        options = {name: value} if name else {}
        intent = Intent(self.make_task(tasks.note), ([1],), {"two": {"three": 4}}, copy.copy(options))
        executor(intent)
        assert (intent.args, dict(intent.kwargs)) == (([1],), {"two": {"three": 4}})
        assert dict(intent.dispatch_options) == options
