"""A scope and a transaction in one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import contextmanager
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast, overload

from django.db import transaction

import airlock
from airlock._decorate import decorate
from airlock._executors import check_executor
from airlock._naming import qualified_name
from airlock._policy import check_policy
from airlock.integrations.django._alias import follows_transactions, usual_alias
from airlock.integrations.django._scope import DjangoScope

if TYPE_CHECKING:
    from collections.abc import Generator
    from contextlib import AbstractContextManager
    from types import TracebackType

    from airlock import Policy
    from airlock._executors import Executor

P = ParamSpec("P")
R = TypeVar("R")


class Atomic:
    """What `atomic()` returns: a context manager and a decorator, to be used again, nested and in several threads."""

    def __init__(self, using: str | None, savepoint: bool, durable: bool, arguments: dict[str, Any]) -> None:
        self._using = using
        self._transaction = {"savepoint": savepoint, "durable": durable}
        self._arguments = arguments
        self._open = _Open()

    def __enter__(self) -> DjangoScope:
        block = self._block()
        scope = block.__enter__()
        self._open.blocks.append(block)
        return scope

    def __exit__(
        self, exc_type: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._open.blocks.pop().__exit__(exc_type, error, traceback)

    def __call__(self, function: Callable[P, R], /) -> Callable[P, R]:
        """Decorate a function, so that each call is a block of its own."""
        if iscoroutinefunction(function):
            raise TypeError(
                f"@atomic() cannot decorate {qualified_name(function)}, a coroutine function: Django has no "
                "transactions there. Put what belongs together into a plain function that @atomic() decorates, and "
                "await sync_to_async(function)(...)"
            )
        return decorate(function, "@atomic()", self._block)

    @contextmanager
    def _block(self) -> Generator[DjangoScope, None, None]:
        alias = usual_alias(self._using)
        scope_class = None if follows_transactions() else DjangoScope
        scope = airlock.scope(_cls=scope_class, using=alias, **self._arguments)
        # The scope ends first: what it decides is part of the transaction, and what it raises rolls that back.
        with transaction.atomic(alias, **self._transaction), cast("DjangoScope", scope):
            yield cast("DjangoScope", scope)


class _Open(threading.local):
    """The blocks that a thread has entered and not left."""

    def __init__(self) -> None:
        self.blocks: list[AbstractContextManager[DjangoScope]] = []


@overload
def atomic(using: Callable[P, R], /) -> Callable[P, R]: ...
@overload
def atomic(
    using: str | None = None,
    savepoint: bool = True,
    durable: bool = False,
    *,
    policy: Policy | None = None,
    executor: Executor | str | None = None,
    **kwargs: Any,
) -> Atomic: ...
def atomic(
    using: Any = None,
    savepoint: bool = True,
    durable: bool = False,
    *,
    policy: Policy | None = None,
    executor: Executor | str | None = None,
    **kwargs: Any,
) -> Any:
    """Return a transaction and a scope in one, for `with` and as a decorator, with parentheses or without.

    It is `transaction.atomic()` with a scope inside, so that what is wanted and what is written share one fate. The
    scope is left before the transaction ends. A policy that objects then, or an argument that the outbox cannot keep,
    rolls back what was written. An exception of the block rolls back and drops the effects. Where the outbox is on, the
    effects are recorded in the transaction; where it is not, they go out when it has committed.

    Inside another scope, such as that of a request, it leaves its effects to that one, as every scope does: they are
    then recorded where that one ends, unless its `before_descendant_flushes()` lets them go at once.

    Arguments:
        using: The alias of the database; the one that the settings name, or the default one, unless given.
        savepoint: Whether a block inside a transaction makes a savepoint, as in Django.
        durable: Whether it is an error if the block is inside a transaction, as in Django.
        policy: What may be dispatched; the configured policy unless given.
        executor: Who dispatches, a callable or the short name of an installed one; the configured one unless given.
        **kwargs: Whatever else the configured class of scopes takes.

    Raises:
        TypeError: An argument is of the wrong kind, or what is decorated is a coroutine or generator function.
        UsageError: No executor of that name is installed, or, on entry, no database has that alias.

    Example:
        >>> import airlock
        >>> from airlock.integrations.django import atomic
        >>> with atomic():
        ...     _ = airlock.enqueue(print, "committed")
        ...     print("not yet")
        not yet
        committed
        >>> @atomic(durable=True)
        ... def pay(order: int) -> None:
        ...     airlock.enqueue(print, "receipt for", order)
        >>> pay(7)
        receipt for 7
    """
    if callable(using):
        return Atomic(None, savepoint, durable, kwargs)(using)
    if not (using is None or isinstance(using, str)):
        raise TypeError(f"using is the alias of a database, not {using!r}")
    if policy is not None:
        kwargs["policy"] = check_policy(policy)
    if executor is not None:
        kwargs["executor"] = check_executor(executor)
    return Atomic(using, savepoint, durable, kwargs)
