"""Decorators that run a whole function inside something, a plain or a coroutine function alike."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

from airlock._naming import qualified_name

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager, AbstractContextManager

P = ParamSpec("P")
R = TypeVar("R")


def decorate(
    function: Callable[P, R],
    decorator: str,
    around: Callable[[], AbstractContextManager[object]],
    around_async: Callable[[], AbstractAsyncContextManager[object]] | None = None,
) -> Callable[P, R]:
    """Return a function that does what another does inside a context manager, made anew for each call.

    Arguments:
        function: The function to wrap.
        decorator: What messages call the decorator.
        around: Makes the context manager for a plain function.
        around_async: Makes the one for a coroutine function, where that is another.

    Raises:
        TypeError: It is a generator function, or no function at all.
    """
    from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction

    if isinstance(function, type) or not callable(function):
        raise TypeError(f"{decorator} decorates functions; {function!r} is none")
    if isgeneratorfunction(function) or isasyncgenfunction(function):
        raise TypeError(
            f"{decorator} cannot decorate {qualified_name(function)}, a generator function: between two values it "
            "would hold for whoever runs then. Decorate the function that consumes the generator."
        )
    call = cast("Callable[..., Any]", function)
    if not iscoroutinefunction(function):

        @wraps(call)
        def plain(*args: Any, **kwargs: Any) -> Any:
            with around():
                return call(*args, **kwargs)

        return cast("Callable[P, R]", plain)

    @wraps(call)
    async def awaited(*args: Any, **kwargs: Any) -> Any:
        if around_async is None:
            with around():
                return await call(*args, **kwargs)
        async with around_async():
            return await call(*args, **kwargs)

    return cast("Callable[P, R]", awaited)
