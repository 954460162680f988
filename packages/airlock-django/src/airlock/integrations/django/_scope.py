"""The scope that waits for transactions."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any, Self

from asgiref.sync import sync_to_async
from django.db import DEFAULT_DB_ALIAS, connections

from airlock import Scope, UsageError
from airlock._dispatch import adispatch, dispatch
from airlock._preview import Preview, preview
from airlock._region import tell_dropped
from airlock.integrations.django._frames import Frame, Liveness
from airlock.integrations.django._handover import Delivery, Handover
from airlock.integrations.django._hook import next_number
from airlock.integrations.django._marker import Mark, Marker, join_transaction, require_frame
from airlock.integrations.django._orm_thread import in_orm_thread
from airlock.integrations.django._report import report_rolled_back, report_undispatched
from airlock.integrations.django._rolled_back import RolledBack, rolled_back
from airlock.integrations.django._state import State
from airlock.integrations.django._transactions import Transaction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airlock import Intent, Policy
    from airlock._captured import Entry
    from airlock._executors import Executor
    from airlock._verdict import Verdict
    from airlock.integrations.django.outbox._settings import OutboxSettings


class DjangoScope(Scope):
    """A scope whose intents go out when the transaction they were enqueued in is committed, and die with it.

    What counts is where an intent was *enqueued*, not where the scope ends. Each belongs to the innermost transaction
    or savepoint of one database around its `enqueue()`: if that is rolled back, it is never dispatched, whoever has
    swallowed the error. When the scope flushes, an intent is therefore

    - dispatched at once, if it was enqueued in autocommit mode or its transaction was committed since;
    - `pending`, if its transaction is still open: dispatched by an `on_commit()` hook, one a transaction;
    - `rolled_back`, and dropped.

    What was enqueued in autocommit mode fails as in any scope: at the first bad intent, in the face of the caller.
    After a commit, before or behind the end of the scope, the caller has had its answer: a bad intent does not stop the
    others, and no exception tells of it. Either way what could not be dispatched is in `undispatched`, logged on the
    logger `airlock`, and sent with the signal `intents_undispatched`.

    In asynchronous code use `async with`: the connection is touched, and the executor called, in the thread of the ORM.
    In a test case that runs in a transaction, nothing is committed, so that `captureOnCommitCallbacks(execute=True)`
    lets out what was left pending inside it.

    Arguments:
        policy: What may be dispatched; the configured policy unless given.
        executor: Who dispatches, a callable or the short name of an installed one; the configured one unless given.
        using: The alias of the database whose transactions decide. An intent belongs to that of the innermost scope.

    Raises:
        TypeError: The policy is no policy, or the executor not callable.
        UsageError: No executor of that name is installed, or no database has that alias. A flush raises it for an
            intent that was enqueued with autocommit off, where Django does not tell of the commit.
    """

    def __init__(
        self, policy: Policy | None = None, *, executor: Executor | str | None = None, using: str | None = None
    ) -> None:
        super().__init__(policy, executor=executor)
        if using is not None and using not in connections.settings:
            raise UsageError(f"DATABASES has no {using!r}, only {', '.join(map(repr, connections.settings))}")
        self._using = DEFAULT_DB_ALIAS if using is None else using
        self._number = 0
        self._marks: dict[Intent, Mark] = {}
        self._deliveries: list[Delivery] = []
        self._handovers: list[Handover] = []
        self._rolled_back: list[Intent] = []
        self._parts: list[Self] = []

    @property
    def using(self) -> str:
        """The alias of the database whose transactions decide."""
        return self._using

    @property
    def pending(self) -> list[Intent]:
        """What waits for the commit of a transaction that is still open; it is part of `undispatched`."""
        return [intent for handover in self._handovers for intent in handover.sort()[0]]

    @property
    def rolled_back(self) -> list[Intent]:
        """What was due at the flush, but had been enqueued in a transaction or savepoint that was rolled back."""
        return self._rolled_back + [intent for handover in self._handovers for intent in handover.sort()[1]]

    @property
    def dispatched(self) -> list[Intent]:
        """What the executor has accepted, in order."""
        return [intent for delivery in self._deliveries for intent in delivery._dispatched]

    @property
    def undispatched(self) -> list[Intent]:
        """What was due at the flush and neither accepted by the executor nor rolled back."""
        gone = {id(intent) for intents in (self.rolled_back, self.dispatched) for intent in intents}
        scopes: list[DjangoScope] = [*self._parts, self]
        due = [intent for scope in scopes for intent in scope._due]
        return [intent for intent in due if id(intent) not in gone]

    @property
    def uncertain(self) -> list[Intent]:
        """Those of `undispatched` that may have reached the backend: it was interrupted before it said so."""
        return [intent for delivery in self._deliveries for intent in delivery._uncertain]

    @property
    def dropped(self) -> list[Verdict]:
        """What policies dropped at the flush, each with the policy that said no."""
        return [verdict for part in self._parts for verdict in part.dropped] + super().dropped

    @property
    def results(self) -> dict[Intent, Any]:
        """What the executor returned for each dispatched intent: a queue's own handle of the message."""
        return {
            intent: result
            for delivery in self._deliveries
            for intent, result in zip(delivery._dispatched, delivery._results, strict=False)
        }

    def preview(self) -> Preview:
        """Return what the policies would say of each buffered intent, and which were rolled back already."""
        return preview(self, super()._entries(), [RolledBack(self._marks)])

    def dispatch_all(self, intents: list[Intent]) -> None:
        """Dispatch what is committed, and leave the rest to the transactions it belongs to."""
        ready, after_commit = self._sort(self._record(intents), can_await=False)
        if ready:
            delivery = Delivery(self, after_commit)
            try:
                dispatch(delivery, ready)
            except BaseException as error:
                if delivery.account_for(error, ready):
                    raise

    async def adispatch_all(self, intents: list[Intent]) -> None:
        """Do what `dispatch_all()` does, in the thread of the ORM, awaiting here what the executor returns."""
        if type(self).dispatch_all is not DjangoScope.dispatch_all:
            await sync_to_async(self.dispatch_all, thread_sensitive=True)(intents)
            return
        if _outbox() is not None:
            intents = await in_orm_thread(lambda: self._record(intents))
        ready, after_commit = intents, False
        if self._marks:
            ready, after_commit = await in_orm_thread(lambda: self._sort(intents, can_await=True))
        if ready:
            delivery = Delivery(self, after_commit)
            try:
                await adispatch(delivery, ready, run=in_orm_thread)
            except BaseException as error:
                failure = error
                if await in_orm_thread(lambda: delivery.account_for(failure, ready)):
                    raise

    def __enter__(self) -> Self:
        super().__enter__()
        self._number = next_number()
        outer = next((observer for observer in self._observers if isinstance(observer, Marker)), None)
        if outer is not None:
            self._marks = outer.marks
        if outer is None or outer.alias != self._using:
            others = tuple(observer for observer in self._observers if observer is not outer)
            # The last to be asked: a policy that refuses an intent has spoken by then.
            self._observers = (*others, Marker(self._using, self._marks))
        return self

    def _record(self, intents: list[Intent]) -> list[Intent]:
        """Hand over what the outbox takes, where it is turned on, and return the rest."""
        outbox = _outbox()
        if outbox is None:
            return intents
        from airlock.integrations.django.outbox._record import record

        try:
            return record(self, intents, outbox)
        except BaseException as error:
            if not connections[self._using].in_atomic_block:
                report_undispatched(self, self.undispatched, [(error, self.undispatched)])
            raise

    def _sort(self, intents: list[Intent], can_await: bool) -> tuple[list[Intent], bool]:
        """Hand over what is pending, drop what was rolled back, and return what may be dispatched now, in order.

        Returns:
            The intents, and whether any of them belongs to a transaction that was committed.
        """
        frames = self._frames_of(intents)
        if not frames:
            return intents, False
        waiting: dict[Transaction, dict[Intent, Frame]] = {}
        for intent, frame in frames.items():
            waiting.setdefault(frame.transaction, {})[intent] = frame
        held: set[Intent] = set()
        after_commit = False
        liveness = Liveness()
        for transaction, marks in waiting.items():
            if not transaction.hand_over(handover := Handover(self, marks, can_await), self._number):
                live, dead = handover.sort(liveness)
                self._close_handover(handover, dead)
                held.update(dead)
                if transaction.state is State.COMMITTED:
                    after_commit = after_commit or bool(live)
                    continue
                report_undispatched(self, live, [])
            held.update(marks)
        return [intent for intent in intents if intent not in held], after_commit

    def _frames_of(self, intents: list[Intent]) -> dict[Intent, Frame]:
        """Return where in which transaction each intent was enqueued, without those enqueued in autocommit."""
        frames: dict[Intent, Frame] = {}
        for intent in intents:
            if intent in self._marks:
                mark = self._marks[intent]
                frame = mark.place(intent) if isinstance(mark, Marker) else require_frame(mark, intent)
                if frame is not None:
                    frames[intent] = frame
        return frames

    def _split_off(self) -> Self:
        """Return a scope that has all that is buffered, to be left in a transaction, while this one goes on without.

        The two are one to those who look: they share their books, and this one shows what became of the other's. What
        was due before the transaction began keeps its place, and so waits for it too.
        """
        part = copy(self)
        part._scope, part._parts = part, []
        # In place, since a thread that is about to add to the buffer holds this very list.
        count = len(self._buffer)
        part._buffer = self._buffer[:count]
        del self._buffer[:count]
        self._parts.append(part)
        join_transaction(self._using, self._marks, part.intents)
        return part

    def _entries(self) -> Sequence[Entry]:
        entries = super()._entries()
        return [entry for part in self._parts for entry in part._entries()] + [*entries] if self._parts else entries

    def _close_handover(self, handover: Handover, dead: list[Intent]) -> None:
        """Enter what was rolled back; nothing waits in this handover any more."""
        self._handovers[:] = [other for other in self._handovers if other is not handover]
        if dead:
            self._withdraw(dead)

    def _withdrawn(self, intents: list[Intent]) -> list[Intent]:
        return rolled_back(self._marks, intents) if self._marks else []

    def _withdraw(self, intents: list[Intent]) -> None:
        self._rolled_back += intents
        report_rolled_back(self, intents)
        tell_dropped(self, intents.copy, "rolled back")


def _outbox() -> OutboxSettings | None:
    # Reading the settings imports this module.
    from airlock.integrations.django._settings import settings

    found: OutboxSettings | None = settings.get("OUTBOX")
    return found
