"""Opening scopes: the function, and the decorator that does it at every call."""

from __future__ import annotations

from types import FunctionType
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, TypeVar, cast, overload

from airlock._configuration import defaults
from airlock._decorate import decorate
from airlock._scope import Scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from airlock._executors import Executor
    from airlock._policy import Policy

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S", bound=Scope)


class Decorator(Protocol):
    """Keeps the type of the function it decorates."""

    def __call__(self, function: Callable[P, R], /) -> Callable[P, R]: ...


@overload
def scope(
    policy: Policy | None = None, *, _cls: type[S], executor: Executor | str | None = None, **kwargs: Any
) -> S: ...
@overload
def scope(
    policy: Policy | None = None, *, _cls: None = None, executor: Executor | str | None = None, **kwargs: Any
) -> Scope: ...
def scope(
    policy: Policy | None = None,
    *,
    _cls: type[Scope] | None = None,
    executor: Executor | str | None = None,
    **kwargs: Any,
) -> Scope:
    """Return a new scope, to be used as a context manager: `with airlock.scope(): ...`.

    Arguments:
        policy: What may be dispatched; the configured policy unless given.
        _cls: The class to build instead of the configured one; the configured `scope_kwargs` are left out then.
        executor: Who dispatches, a callable or the short name of an installed one; the configured one unless given.
        **kwargs: Whatever else the class takes.

    Raises:
        TypeError: The policy is no policy, or the executor not callable.
        UsageError: No executor of that name is installed.

    Example:
        >>> import airlock
        >>> with airlock.scope(policy=airlock.DropAll()) as scope:
        ...     _ = airlock.enqueue(print, "sent")
        >>> scope.intents
        [<Intent print('sent')>]
    """
    if _cls is None:
        _cls = defaults.scope_cls or Scope
        if defaults.scope_kwargs:
            kwargs = {**defaults.scope_kwargs, **kwargs}
    if policy is not None:
        kwargs["policy"] = policy
    if executor is not None:
        kwargs["executor"] = executor
    return _cls(**kwargs) if kwargs else _cls()


def scoped(
    policy: Policy | None = None,
    *,
    _cls: type[Scope] | None = None,
    executor: Executor | str | None = None,
    **kwargs: Any,
) -> Decorator:
    """Decorate a function, or a coroutine function, so that each call runs in a scope of its own.

    It goes under decorators that register a task, such as `@app.task`.

    Arguments:
        policy: As in `scope()`, and so are all others.

    Raises:
        TypeError: It decorates a generator function, or is used without its parentheses.

    Example:
        >>> import airlock
        >>> @airlock.scoped()
        ... def checkout(order):
        ...     airlock.enqueue(print, "receipt for", order)
        ...     print("order", order, "is paid")
        >>> checkout(7)
        order 7 is paid
        receipt for 7
    """
    if isinstance(policy, FunctionType):
        raise TypeError("Write @airlock.scoped() with its parentheses; a policy goes between them")

    build = cast("Callable[..., Scope]", scope)

    def open_scope() -> Scope:
        return build(policy, _cls=_cls, executor=executor, **kwargs)

    def decorator(function: Callable[P, R], /) -> Callable[P, R]:
        return decorate(function, "@airlock.scoped()", open_scope, open_scope)

    return decorator
