"""What the queue is told besides: documented options, and nothing else."""

from __future__ import annotations

import pytest

import airlock
from airlock import Executor, InvalidIntentError, Scope, UsageError
from airlock_conformance import tasks
from airlock_conformance._capability import Capability, not_with, requires
from airlock_conformance.suite._hooks import Hooks


class OptionTests(Hooks):
    """Options reach the queue, and slips do not."""

    @requires(Capability.OPTIONS)
    def test_an_option_reaches_the_queue(self, executor: Executor) -> None:
        """A dispatch option is seen on the message, with its value.

        If it fails, check that `prepare` passes `intent.dispatch_options` on, and that `queued` shows them.
        """
        name, value = self.option
        with Scope(executor=executor):
            airlock.options(**{name: value}).enqueue(self.make_task(tasks.note))
        message = self.only_arrival()
        assert message.options.get(name) == value

    @requires(Capability.OPTIONS)
    def test_options_belong_to_one_intent_only(self, executor: Executor) -> None:
        """The neighbours of an intent with an option go out without it.

        If it fails, check for options that are kept on the task, the executor or a shared mapping, and that the value
        of `option` is not the queue's default.
        """
        name, value = self.option
        task = self.make_task(tasks.note)
        with Scope(executor=executor):
            airlock.enqueue(task, 0)
            airlock.options(**{name: value}).enqueue(task, 1)
            airlock.enqueue(task, 2)
        with_option = {message.args[0]: message.options.get(name) == value for message in self.arrivals(3)}
        assert with_option == {0: False, 1: True, 2: False}

    @not_with(Capability.PERFORMS)
    def test_an_unknown_option_is_an_error_before_anything_is_sent(self, executor: Executor) -> None:
        """A slip in an option is an `InvalidIntentError`, which is a `UsageError` and a `TypeError`; nothing goes out.

        If it fails, check that `options` holds the documented options and no more, and that `prepare` is done for all
        intents before `send` begins.
        """
        task = self.make_task(tasks.note)
        scope = Scope(executor=executor)
        with pytest.raises(InvalidIntentError, match="no_such_option") as caught, scope:
            airlock.enqueue(task, 1)
            airlock.options(no_such_option=1).enqueue(task, 2)
        assert isinstance(caught.value, UsageError)
        assert isinstance(caught.value, TypeError)
        assert caught.value.intent is scope.intents[1]
        assert self.queued() == []

    @requires(Capability.OPTIONS)
    def test_a_slip_in_an_option_names_the_close_match(self, executor: Executor) -> None:
        """The message for `countdow` says `countdown`.

        If it fails, check that `options` holds every documented option; `QueueExecutor` finds the match.
        """
        name, value = self.option
        with pytest.raises(InvalidIntentError, match=rf"did you mean '{name}'"), Scope(executor=executor):
            airlock.options(**{f"{name}z": value}).enqueue(self.make_task(tasks.note))

    @requires(Capability.OPTIONS)
    def test_a_wrong_value_of_an_option_is_an_error_before_anything_is_sent(self, executor: Executor) -> None:
        """An option of the wrong type is found out before the first message leaves, also in the last intent.

        If it fails, check that `prepare` looks at the values of options, or leaves that to a call into the queue that
        sends nothing.
        """
        name, _ = self.option
        task = self.make_task(tasks.note)
        scope = Scope(executor=executor)
        with pytest.raises(InvalidIntentError) as caught, scope:
            airlock.enqueue(task, 1)
            airlock.options(**{name: self.wrong_value}).enqueue(task, 2)
        assert caught.value.intent is scope.intents[1]
        assert self.queued() == []
