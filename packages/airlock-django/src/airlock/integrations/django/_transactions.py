"""One transaction of one connection: which intents it holds, and what came of it.

Django tells of a commit through `on_commit` and of a rollback not at all, so the hook that a transaction registers with
its first intent is at once the sign that it was committed and what dispatches the scopes that were left inside it.
"""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING, Any

from django.db import transaction as django_transaction

from airlock._lock import guard
from airlock.integrations.django._frames import Frames, Liveness
from airlock.integrations.django._hook import Hook
from airlock.integrations.django._state import State
from airlock.integrations.django._tracker import Tracker

if TYPE_CHECKING:
    from airlock.integrations.django._frames import Frame
    from airlock.integrations.django._hook import Waiting
    from airlock.integrations.django.outbox._outgoing import Outgoing

_ATTRIBUTE = "_airlock_transaction"


class Transaction:
    """A transaction that intents were enqueued in, from its first intent on."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.state = State.OPEN
        self.aborted = False
        self.frames = Frames(self)
        self.outgoing: Outgoing | None = None
        """What the outbox sends after the commit."""
        self._thread = threading.get_ident()
        # If a hook of an earlier transaction has failed, the flag that says so is still up.
        self._flag_was_up: bool = connection.run_commit_hooks_on_set_autocommit_on
        self._tracker = Tracker(self)
        self._index = 0
        # Weakly, since it is to be seen when Django drops one. They are more than one in a test case only.
        self._hooks: list[weakref.ref[Hook]] = []

    @classmethod
    def current(cls, connection: Any) -> Transaction | None:
        """Return the transaction that is open on a connection, if an intent was enqueued in it."""
        transaction: Transaction | None = connection.__dict__.get(_ATTRIBUTE)
        if transaction is None:
            return None
        if transaction.state is State.OPEN:
            # As in `holds_hook()`, without calling it: this is what every intent pays for.
            hooks, index = connection.run_on_commit, transaction._index
            if index < len(hooks) and getattr(hooks[index][1], "transaction", None) is transaction:
                return transaction
            if transaction.holds_hook():
                return transaction
            transaction.look()
        del connection.__dict__[_ATTRIBUTE]
        return None

    @classmethod
    def begin(cls, connection: Any) -> Transaction:
        """Begin to follow the transaction that is open on a connection."""
        transaction = cls(connection)
        if connection.closed_in_transaction:
            # Nothing can be committed any more, and Django would never call a hook nor drop it.
            transaction.state = State.ROLLED_BACK
        else:
            connection.__dict__[_ATTRIBUTE] = transaction
            transaction._tracker.install()
            transaction._register(Hook(transaction))
        return transaction

    def holds_hook(self) -> bool:
        """Return whether Django still has the hook."""
        hooks = self.connection.run_on_commit
        index = self._index
        if index < len(hooks) and getattr(hooks[index][1], "transaction", None) is self:
            return True
        # Django has dropped some that were before it.
        for before in range(min(index, len(hooks)) - 1, -1, -1):
            if getattr(hooks[before][1], "transaction", None) is self:
                self._index = before
                return True
        return False

    def hand_over(self, handover: Waiting, since: int) -> bool:
        """Let the hook dispatch what a scope has left, and return whether it will; if not, `state` says why.

        Arguments:
            handover: What to dispatch.
            since: A test that captures hooks may have begun to after those with a lower number.
        """
        if threading.get_ident() == self._thread:
            self.look()
            hook = self._newest_hook()
            if self.state is State.OPEN and hook is not None and hook.number < since and self._is_in_test_case():
                self._register(Hook(self))
        with guard.lock:
            hook = self._newest_hook()
            if self.state is not State.OPEN or hook is None:
                return False
            hook.waiting.append(handover)
            return True

    def look(self) -> None:
        """Find out whether the transaction is over, without having been told."""
        if self.state is State.OPEN and threading.get_ident() == self._thread and not self.holds_hook():
            self._end(State.COMMITTED if self._was_committed() else State.UNKNOWN)

    def commit(self) -> None:
        """Learn from a hook that the transaction was committed."""
        self._end(State.COMMITTED)

    def lose_hook(self) -> State:
        """Learn that Django has dropped a hook without calling it, and return what that says.

        It does so when it rolls back, or closes the connection: before it has turned autocommit on again. But it does
        so as well when another hook, called before ours, has raised: then the transaction was committed, and the flag
        that `commit()` has put up, which is taken down when all hooks have returned, is still up. If it is neither,
        somebody has kept the hook alive for longer, and nobody can tell.
        """
        state = State.UNKNOWN if self.connection.autocommit else State.ROLLED_BACK
        if self._was_committed():
            state = State.COMMITTED
        if self.state is State.OPEN:
            self._end(state)
        return state

    def roll_back_to(self, name: str) -> None:
        """Kill what was enqueued since a savepoint."""
        self.aborted = False
        self.frames.roll_back_to(name)
        self._keep_hooks(name)

    def roll_back(self) -> None:
        """Kill what was enqueued so far; the connection goes on in a new transaction, and Django knows of one only."""
        self.aborted = False
        self.frames.roll_back()

    def is_alive(self, frame: Frame, liveness: Liveness) -> bool:
        """Return whether what was enqueued in a frame was committed, or may be."""
        if self.state is State.ROLLED_BACK or (self.state is State.COMMITTED and self.aborted):
            return False
        return liveness(frame)

    def _was_committed(self) -> bool:
        connection = self.connection
        flag: bool = connection.run_commit_hooks_on_set_autocommit_on
        return flag and (connection.autocommit or not self._flag_was_up)

    def _is_in_test_case(self) -> bool:
        blocks = self.connection.atomic_blocks
        return bool(blocks) and getattr(blocks[0], "_from_testcase", False)

    def _end(self, state: State) -> None:
        with guard.lock:
            self.state = state
        self._tracker.remove()

    def _newest_hook(self) -> Hook | None:
        return self._hooks[-1]() if self._hooks else None

    def _register(self, hook: Hook) -> None:
        self._hooks.append(weakref.ref(hook))
        hook.savepoints = frozenset(self.connection.savepoint_ids)
        hook.frame = self.frames.open
        django_transaction.on_commit(hook, using=self.connection.alias)
        # Where the last one is, unless a test has replaced `on_commit` by something that calls at once.
        self._index = max(len(self.connection.run_on_commit) - 1, 0)

    def _keep_hooks(self, name: str) -> None:
        """Replace the hooks that Django drops with a savepoint although they stand for something that goes on.

        Django drops them after the SQL, and by then the savepoint is no longer among those that a new one belongs to.
        Mostly there is nothing to do: a hook is registered with the first intent, and dies with it.
        """
        liveness = Liveness()
        for hook in [hook for reference in self._hooks if (hook := reference())]:
            if name not in hook.savepoints:
                continue
            self._hooks = [reference for reference in self._hooks if reference() is not hook]
            waiting, frame = hook.resign(), hook.frame
            if liveness(frame) or any(handover.is_alive(liveness) for handover in waiting):
                heir = Hook(self)
                heir.inherit(hook, waiting)
                self._register(heir)
                if liveness(frame):
                    heir.frame = frame
            else:
                for handover in waiting:
                    handover.roll_back()
        if not self._hooks:
            self._end(State.ROLLED_BACK)
