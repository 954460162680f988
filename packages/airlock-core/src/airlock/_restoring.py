"""Putting back in force what an intent carries, around the execution of its task."""

from __future__ import annotations

from collections.abc import Awaitable, Generator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from contextvars import ContextVar, Token
from typing import TYPE_CHECKING, Any

from airlock._configuration import defaults

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from airlock._context import ContextProvider, Provider

_NOTHING: AbstractContextManager[None] = nullcontext()


def restored(carried: Mapping[str, Any] | None) -> AbstractContextManager[None]:
    """Return a context manager around the execution of a task that restores what its message carried.

    Names that no provider is configured for are passed over: it may be another version of the application that has
    sent the message. What a provider raises fails the task, with a note that names the provider.

    Arguments:
        carried: What the intent carried, from the message; `None` where it had nothing of the kind.

    Raises:
        TypeError: It is something else.

    Example:
        >>> from contextvars import ContextVar
        >>> import airlock
        >>> request_id = ContextVar("request_id")
        >>> airlock.configure(context={"request_id": request_id})
        >>> with restored({"request_id": "r-1", "unknown": 2}):
        ...     request_id.get()
        'r-1'
    """
    if not carried or not defaults.context:
        return _NOTHING
    if not isinstance(carried, Mapping):
        raise TypeError(f"A message carries a mapping as its context, or none; this one carries {carried!r}")
    return _restored(defaults.context, carried)


@contextmanager
def _restored(providers: Mapping[str, Provider], carried: Mapping[str, Any]) -> Generator[None, None, None]:
    with ExitStack() as stack:
        for name, provider in providers.items():
            if name not in carried:
                continue
            if isinstance(provider, ContextVar):
                stack.callback(_reset, provider, provider.set(carried[name]))
            else:
                stack.enter_context(_Provided(name, provider, carried[name]))
        yield


def _reset(variable: ContextVar[Any], token: Token[Any]) -> None:
    # A coroutine may be closed in another context than it ran in, where the variable was never set.
    with suppress(ValueError):
        variable.reset(token)


class _Provided:
    """What a provider puts around the task, so that it swallows nothing and its own errors say whose they are."""

    def __init__(self, name: str, provider: ContextProvider, value: Any) -> None:
        self._name = name
        self._provider = provider
        self._value = value

    def __enter__(self) -> None:
        with self._noting():
            self._manager = self._provider.restore(self._value)
            self._manager.__enter__()

    def __exit__(self, *outcome: Any) -> None:
        with self._noting(outcome[1]):
            self._manager.__exit__(*outcome)

    @contextmanager
    def _noting(self, of_task: BaseException | None = None) -> Generator[None, None, None]:
        try:
            yield
        except Exception as error:
            if error is not of_task:
                error.add_note(f"airlock: raised by the context provider {self._name!r}, which was to restore a value")
            raise


class Restoring:
    """What a coroutine function returned, to be awaited with what its intent carries in force."""

    def __init__(self, awaitable: Awaitable[Any], carried: Mapping[str, Any]) -> None:
        self._awaitable = awaitable
        self._carried = carried

    def __await__(self) -> Generator[Any, Any, Any]:
        with restored(self._carried):
            return (yield from self._awaitable.__await__())

    def close(self) -> None:
        """Give up what was never awaited."""
        undo = getattr(self._awaitable, "close", None) or getattr(self._awaitable, "cancel", None)
        if undo is not None:
            undo()
