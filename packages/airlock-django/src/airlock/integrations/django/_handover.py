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
    """The books of one dispatch: intents of one scope may go out in several, in several threads even."""

    def __init__(self, scope: DjangoScope, stop_on_failure: bool) -> None:
        self.scope = scope
        self.stop_on_failure = stop_on_failure
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

    def left_of(self, intents: list[Intent]) -> list[Intent]:
        """Return those that were not dispatched."""
        dispatched = {id(intent) for intent in self._dispatched}
        return [intent for intent in intents if id(intent) not in dispatched]

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
        delivery = Delivery(self._scope, stop_on_failure=False)
        try:
            if self._can_await:
                async_to_sync(adispatch)(delivery, intents, run=in_orm_thread)
            else:
                dispatch(delivery, intents)
        except BaseException as error:
            left = delivery.left_of(intents)
            if not delivery.failures:
                delivery._learn_failure(error, left)
            report_undispatched(self._scope, left, delivery.failures)
            if not isinstance(error, Exception):
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
