"""The scope: it buffers intents, and decides when they leave."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Self

from airlock import _turns as turns
from airlock._captured import Captured, flatten
from airlock._configuration import defaults
from airlock._dispatch import adispatch, dispatch
from airlock._executors import check_executor, resolve
from airlock._ledger import ACTIVE, DISCARDED, FLUSHED, LEFT, NEW, Ledger
from airlock._policies import ALLOW_ALL, AllowAll
from airlock._policy import check_policy, fresh, observer_of
from airlock._preview import Preview, preview
from airlock._region import OUTSIDE, Region, get_region, set_region, tell_dropped
from airlock._settle import settle

if TYPE_CHECKING:
    from airlock._executors import Executor
    from airlock._intent import Intent
    from airlock._policy import Policy

_alone: Region | None = OUTSIDE
"""The region that nothing stands around: none, while a recording stands around every region of the process."""


def stand_around_everything(scope: Scope | None) -> None:
    """Let a scope stand around all code that is in no other, in any thread and context; `None` ends that."""
    global _alone
    OUTSIDE._observers = () if scope is None else scope._observers
    OUTSIDE._scope = scope
    _alone = OUTSIDE if scope is None else None


class Scope(Ledger):
    """A unit of work: intents enqueued in it are dispatched when it ends well, and dropped when it fails.

    A scope is a context manager, `with` and `async with`, for one use. Subclass it to change when effects leave:
    override `should_flush`, `before_descendant_flushes` or `dispatch_all`.

    Arguments:
        policy: What may be dispatched; the configured policy unless given.
        executor: Who dispatches, a callable or the short name of an installed one; the configured one unless given.

    Raises:
        TypeError: The policy is no policy, or the executor not callable.
        UsageError: No executor of that name is installed.

    Example:
        >>> import airlock
        >>> with airlock.Scope() as scope:
        ...     _ = airlock.enqueue(print, "sent")
        ...     print("not yet")
        not yet
        sent
    """

    stop_on_failure: bool = True
    """Whether the first intent that cannot be dispatched ends the dispatch. If not, the others still go out, unless the
    backend is down, and one `ExceptionGroup` is raised at the end."""

    def __init__(self, policy: Policy | None = None, *, executor: Executor | str | None = None) -> None:
        self._policy: Policy | None = defaults.policy if policy is None else check_policy(policy)
        self._executor: Executor | str | None = defaults.executor if executor is None else check_executor(executor)
        self._parent: Scope | None = None
        self._has_local_policies = False
        self._state = NEW
        self._buffer = []
        self._taken = ()
        self._due = ()
        self._scope = None
        self._previous = OUTSIDE
        self._observers = self._local_policies = ()

    @property
    def parent(self) -> Scope | None:
        """The scope around this one, `None` for the outermost."""
        return self._parent

    @property
    def policy(self) -> Policy:
        """What decides which intents may be dispatched."""
        return ALLOW_ALL if self._policy is None else self._policy

    @property
    def executor(self) -> Executor:
        """What dispatches the intents."""
        return resolve(self._executor)

    def enter(self) -> Self:
        """Make this the current scope.

        Raises:
            ScopeStateError: It has been entered before, or the scope around it has ended.
        """
        return self.__enter__()

    def exit(self) -> None:
        """Leave the scope; `flush()` or `discard()` comes next.

        Raises:
            ScopeStateError: It is not active, or a scope or local policy inside it is still open.
        """
        if self._state is ACTIVE:
            turns.check_nothing_open_inside(self, get_region())
        self._leave()

    def flush(self) -> list[Intent]:
        """Judge what is buffered, let ancestors capture it, dispatch the rest.

        Returns:
            The intents that were dispatched, in order.

        Raises:
            ScopeStateError: The scope is not left yet, has ended already, or outlived the scope around it.
            UsageError: A task has to be awaited; use `async with` or `aflush()`.
            Exception: Whatever a policy, a hook or the executor raises; `undispatched` holds what did not go out.
        """
        if self._settle("flush"):
            self.dispatch_all(list(self._due))
        return self.dispatched

    async def aflush(self) -> list[Intent]:
        """Do what `flush()` does, awaiting what the executor returns, one intent after the other."""
        if self._settle("aflush"):
            await self.adispatch_all(list(self._due))
        return self.dispatched

    def discard(self) -> None:
        """Drop what is buffered.

        Raises:
            ScopeStateError: The scope is not left yet, or has ended already.
        """
        if self._state is not LEFT:
            raise turns.out_of_turn(self, "discard")
        self._state = DISCARDED
        self._due = ()
        if self._observers:
            tell_dropped(self, lambda: flatten(self._taken), DISCARDED)

    def preview(self) -> Preview:
        """Return what the policies would say of each buffered intent, without side effects.

        Returns:
            A list of verdicts, each with `intent`, `allowed` and `policy`, the one that says no. `str()` of it is a
            tree for people to read.
        """
        return preview(self, self._entries())

    def should_flush(self, error: BaseException | None) -> bool:
        """Return whether leaving the scope's block flushes it; override to decide otherwise.

        Arguments:
            error: What ended the block, `None` where it ended normally.
        """
        return error is None

    def before_descendant_flushes(self, exiting_scope: Scope, intents: list[Intent]) -> list[Intent]:
        """Return which intents of a scope that ends inside this one may go now; the others are captured.

        Arguments:
            exiting_scope: The scope that ends, a child or one further down.
            intents: What its policies, and the scopes between, let through.

        Returns:
            A list, of intents from `intents` only. By default none: everything is captured.
        """
        return []

    def dispatch_all(self, intents: list[Intent]) -> None:
        """Hand intents to the executor, in order; override to choose another moment."""
        dispatch(self, intents)

    async def adispatch_all(self, intents: list[Intent]) -> None:
        """Hand intents to the executor and await what it returns; call `dispatch_all` where only that is overridden."""
        if type(self).dispatch_all is not Scope.dispatch_all:
            self.dispatch_all(intents)
        else:
            await adispatch(self, intents)

    def __enter__(self) -> Self:
        if self._state is not NEW:
            raise turns.out_of_turn(self, "enter")
        region = get_region()
        if region is not _alone:
            self._nest_in(region)
        if self._policy is not None:
            self._renew_policy(self._policy)
        self._scope = self
        self._state = ACTIVE
        set_region(self)
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        region = self._leave()
        try:
            if region is not self:
                turns.check_nothing_open_inside(self, region)
            if not self.should_flush(error):
                self.discard()
            elif self._taken:
                self.flush()
            else:
                self._state = FLUSHED
        except Exception as failure:
            self._account_for_all()
            if error is None:
                raise
            turns.note_on(error, failure)

    async def __aenter__(self) -> Self:
        return self.enter()

    async def __aexit__(
        self, exc_type: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        region = self._leave()
        try:
            if region is not self:
                turns.check_nothing_open_inside(self, region)
            if not self.should_flush(error):
                self.discard()
            elif self._taken:
                await self.aflush()
            else:
                self._state = FLUSHED
        except Exception as failure:
            self._account_for_all()
            if error is None:
                raise
            turns.note_on(error, failure)

    def __repr__(self) -> str:
        return f"<{type(self).__qualname__} {self._state}, {len(self.intents)} intents>"

    def _nest_in(self, region: Region) -> None:
        if turns.has_ended(region):
            raise turns.opened_too_late(self, region)
        self._previous = region
        self._parent = region._scope
        self._observers = region._observers
        self._local_policies = region._local_policies
        self._has_local_policies = bool(region._local_policies)

    def _renew_policy(self, policy: Policy) -> None:
        self._policy = fresh(policy)
        observer = observer_of(self._policy)
        if observer is not None:
            self._observers = (observer, *self._observers)

    def _leave(self) -> Region:
        """Stop buffering, and return the region that was left: another than this where something is still open."""
        if self._state is not ACTIVE:
            raise turns.out_of_turn(self, "exit")
        region = get_region()
        if region is self or turns.is_around(self, region):
            set_region(self._previous)
        self._state = LEFT
        self._scope = None
        if self._buffer:
            self._take()
        return region

    def _settle(self, step: str) -> bool:
        """Decide what becomes of the intents, and return whether there are any to dispatch."""
        if self._state is not LEFT:
            raise turns.out_of_turn(self, step)
        self._state = FLUSHED
        if self._taken:
            self._open_books()
            self._due = settle(self, self._taken)
        return bool(self._due)

    def _judges(self) -> bool:
        return self._has_local_policies or type(self.policy) is not AllowAll

    def _receive(self, captured: Captured, scope: Scope) -> None:
        self._require_active_for(scope)
        self._buffer.append(captured)
        if self._state is not ACTIVE:
            self._refuse_late(captured, turns.outlived(self, scope))

    def _require_active_for(self, scope: Scope) -> None:
        if self._state is not ACTIVE:
            raise turns.outlived(self, scope)
