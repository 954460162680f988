"""What cannot be sent is found out before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest

import airlock
from airlock import Executor, Intent, InvalidIntentError, Scope
from airlock_conformance import tasks
from airlock_conformance._capability import Capability, not_with
from airlock_conformance.suite._hooks import Hooks, TolerantScope


class ErrorTests(Hooks):
    """An argument that cannot be serialised."""

    @not_with(Capability.PERFORMS)
    def test_a_positional_argument_that_cannot_be_serialised_is_named(self, executor: Executor) -> None:
        """The error is an `InvalidIntentError` that says which task and which parameter.

        If it fails, check that `prepare` serialises, and `serialise` does the same for one argument.
        """
        with pytest.raises(InvalidIntentError, match=r"describe.*'detail'"), Scope(executor=executor):
            airlock.enqueue(self.make_task(tasks.describe), 1, self.unserialisable())
        assert self.queued() == []

    @not_with(Capability.PERFORMS)
    def test_a_keyword_argument_that_cannot_be_serialised_is_named(self, executor: Executor) -> None:
        """The name is given however deep inside the argument the trouble sits.

        If it fails, check that `serialise` encodes the whole value and not only its outside.
        """
        with pytest.raises(InvalidIntentError, match=r"describe.*'style'"), Scope(executor=executor):
            airlock.enqueue(self.make_task(tasks.describe), 1, style={"deep": [self.unserialisable()]})
        assert self.queued() == []

    @not_with(Capability.PERFORMS)
    def test_nothing_of_a_flush_is_sent_if_one_intent_cannot_be(self, executor: Executor) -> None:
        """The whole flush is serialised before its first message goes out.

        If it fails, check that `send` only sends what `prepare` has made ready, and encodes nothing itself.
        """
        scope = Scope(executor=executor)
        with pytest.raises(InvalidIntentError), scope:
            _enqueue_one_bad(self.make_task(tasks.note), self.unserialisable())
        assert self.queued() == []
        assert (scope.dispatched, scope.undispatched, scope.uncertain) == ([], scope.intents, [])

    @not_with(Capability.PERFORMS)
    def test_the_error_carries_the_intent_that_is_to_blame(self, executor: Executor) -> None:
        """`error.intent` is the intent, so that a scope that goes on after failures knows which one to leave out.

        If it fails, check that errors are raised by `prepare` for its own intent.
        """
        scope = TolerantScope(executor=executor)
        with pytest.raises(ExceptionGroup) as caught, scope:
            _enqueue_one_bad(self.make_task(tasks.note), self.unserialisable())
        (error,) = caught.value.exceptions
        good, bad, other = scope.intents
        assert getattr(error, "intent", None) is bad
        assert scope.dispatched == [good, other]
        assert self.arrived_numbers(2) == [0, 2]

    @not_with(Capability.PERFORMS)
    def test_an_intent_that_cannot_be_sent_does_not_mean_that_the_backend_is_down(self, executor: Executor) -> None:
        """`unavailable` names only exceptions of the connection, so that a bad intent does not stop the good ones.

        If it fails, check that `unavailable` holds no class as wide as `Exception` or `TypeError`.
        """
        unavailable: Any = getattr(executor, "unavailable", ())
        with pytest.raises(InvalidIntentError) as caught:
            executor(Intent(self.make_task(tasks.note), (self.unserialisable(),)))
        assert not isinstance(caught.value, unavailable)


def _enqueue_one_bad(task: Any, bad: Any) -> None:
    for value in (0, bad, 2):
        airlock.enqueue(task, value)
