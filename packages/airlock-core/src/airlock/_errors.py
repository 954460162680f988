"""The errors of airlock.

AirlockError
+-- UsageError              the call cannot be right, wherever it stands
|   +-- NoScopeError        enqueue() outside any scope
|   +-- PolicyEnqueueError  a policy tried to enqueue
|   +-- InvalidIntentError  an executor cannot send the intent; it is a TypeError too
+-- ScopeStateError         a step of the scope's life out of turn
+-- PolicyViolation         a policy forbids the intent
+-- BypassError             a task reached a backend without airlock
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from airlock._intent import Intent
    from airlock._policy import Policy
    from airlock._scope import Scope


class AirlockError(Exception):
    """The root of all errors that airlock raises itself.

    Attributes:
        task: The task concerned, or `None`.
        intent: The intent concerned, or `None`.
        scope: The scope concerned, or `None`.
        policy: The policy concerned, or `None`.

    Pickled, it keeps its message and notes; the objects concerned become `None`.
    """

    __module__ = "airlock"
    _stay_behind: ClassVar[tuple[str, ...]] = ("task", "intent", "scope", "policy")

    def __init__(
        self,
        message: str,
        *,
        task: object = None,
        intent: Intent | None = None,
        scope: Scope | None = None,
        policy: Policy | None = None,
    ) -> None:
        super().__init__(message)
        self.task: object = intent.task if intent is not None and task is None else task
        self.intent: Intent | None = intent
        self.scope: Scope | None = scope
        self.policy: Policy | None = policy

    def __reduce__(self) -> tuple[Any, ...]:
        # Runners of tests send errors from process to process, where tasks and scopes cannot follow.
        return _revive, (type(self), self.args), {**vars(self), **dict.fromkeys(self._stay_behind)}


class UsageError(AirlockError):
    """A call that cannot be right: the message names the cure."""

    __module__ = "airlock"


class NoScopeError(UsageError):
    """`enqueue()` was called where no scope is active."""

    __module__ = "airlock"


class PolicyEnqueueError(UsageError):
    """A policy called `enqueue()` while it was being asked about an intent."""

    __module__ = "airlock"


class InvalidIntentError(UsageError, TypeError):
    """An executor cannot send an intent: its task, an option or an argument is of the wrong kind."""

    __module__ = "airlock"


class ScopeStateError(AirlockError):
    """A scope was asked for a step that its state does not allow."""

    __module__ = "airlock"


class PolicyViolation(AirlockError):
    """A policy refuses an intent at the line that enqueues it."""

    __module__ = "airlock"


class BypassError(AirlockError):
    """A task reached a backend without going through airlock, where `configure(bypass="raise")` forbids it."""

    __module__ = "airlock"


def _revive(kind: type[AirlockError], args: tuple[Any, ...]) -> AirlockError:
    """Return an error of a class, whatever else its constructor wants."""
    return kind.__new__(kind, *args)
