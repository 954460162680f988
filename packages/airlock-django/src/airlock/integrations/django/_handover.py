"""What a scope leaves behind in a transaction that is still open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asgiref.sync import async_to_sync

from airlock._dispatch import adispatch, dispatch
from airlock.integrations.django._frames import Liveness
from airlock.integrations.django._orm_thread import in_orm_thread
from airlock.integrations.django._report import report_undispatched

if TYPE_CHECKING:
    from airlock import Intent
    from airlock._executors import Executor
    from airlock.integrations.django._frames import Frame
    from airlock.integrations.django._scope import DjangoScope


class Delivery:
    """The books of one dispatch: intents of one scope may go out in several, in several threads even.

    Arguments:
        scope: Whose intents.
        after_commit: Whether a transaction was committed that some of them belong to. The caller has had its answer
            then, so that one bad intent does not stop the others, and no `Exception` gets out.
    """

    def __init__(self, scope: DjangoScope, after_commit: bool) -> None:
        self.scope = scope
        self.after_commit = after_commit
        self.stop_on_failure = scope.stop_on_failure and not after_commit
        self.failures: list[tuple[BaseException, list[Intent]]] = []
        self._dispatched: list[Intent] = []
        self._results: list[Any] = []
        self._uncertain: list[Intent] = []
        scope._deliveries.append(self)

    @property
    def executor(self) -> Executor:
        """Who dispatches."""
        return self.scope.executor

    def __repr__(self) -> str:
        return repr(self.scope)

    def account_for(self, error: BaseException, intents: list[Intent]) -> bool:
        """Report what a dispatch that failed has left over, and return whether the caller is to see the error."""
        dispatched = {id(intent) for intent in self._dispatched}
        left = [intent for intent in intents if id(intent) not in dispatched]
        if not self.failures:
            self._learn_failure(error, left)
        report_undispatched(self.scope, left, self.failures)
        return not (self.after_commit and isinstance(error, Exception))

    def _learn_failure(self, error: BaseException, intents: list[Intent]) -> None:
        self.failures.append((error, intents))


class Handover:
    """The intents of one scope that wait for one transaction."""

    def __init__(self, scope: DjangoScope, marks: dict[Intent, Frame], can_await: bool) -> None:
        self._scope = scope
        self._marks = marks
        self._can_await = can_await
        scope._handovers.append(self)

    def sort(self, liveness: Liveness | None = None) -> tuple[list[Intent], list[Intent]]:
        """Return those that may still go out, and those that were rolled back."""
        liveness = liveness or Liveness()
        live: list[Intent] = []
        dead: list[Intent] = []
        for intent, frame in self._marks.items():
            (live if frame.transaction.is_alive(frame, liveness) else dead).append(intent)
        return live, dead

    def is_alive(self, liveness: Liveness) -> bool:
        """Return whether anything may still go out."""
        return bool(self.sort(liveness)[0])

    def dispatch(self) -> None:
        """Dispatch what was committed; no `Exception` gets out, since the caller has had its answer."""
        intents = self._close()
        if not intents:
            return
        delivery = Delivery(self._scope, after_commit=True)
        try:
            if self._can_await:
                async_to_sync(adispatch)(delivery, intents, run=in_orm_thread)
            else:
                dispatch(delivery, intents)
        except BaseException as error:
            if delivery.account_for(error, intents):
                raise

    def lose(self, cause: BaseException | None = None) -> None:
        """Give up on what was committed."""
        intents = self._close()
        report_undispatched(self._scope, intents, [] if cause is None else [(cause, intents)])

    def roll_back(self) -> None:
        """Learn that everything was rolled back."""
        self._scope._close_handover(self, list(self._marks))

    def _close(self) -> list[Intent]:
        """Enter what was rolled back on the scope's books, and return the rest."""
        live, dead = self.sort()
        self._scope._close_handover(self, dead)
        return live
