"""A scope of its own for a body that is made chunk by chunk, after the scope of its request has ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from inspect import isasyncgenfunction, isgeneratorfunction
from typing import Any, Generic, ParamSpec, TypeVar, overload

from asgiref.sync import async_to_sync

import airlock
from airlock._region import Region, get_region, set_region

P = ParamSpec("P")
T = TypeVar("T")

_closing: set[asyncio.Task[None]] = set()


class _Place:
    """Where the code of a stream stands: current while a chunk is being made, and put away between two."""

    def __init__(self) -> None:
        self._inside: Region | None = None

    @property
    def is_new(self) -> bool:
        return self._inside is None

    @contextmanager
    def visit(self) -> Generator[None, None, None]:
        outside = get_region()
        set_region(outside if self._inside is None else self._inside)
        try:
            yield
        finally:
            self._inside = get_region()
            set_region(outside)


class ScopedStream(Iterator[T], Generic[T]):
    """Makes its chunks in one scope, which is flushed after the last."""

    def __init__(self, chunks: Iterable[T]) -> None:
        self._chunks = chunks
        self._place = _Place()
        self._steps = _steps(chunks)

    def __next__(self) -> T:
        with self._place.visit():
            return next(self._steps)

    def close(self) -> None:
        """Discard the scope, unless the last chunk was made, and close what the chunks come from."""
        try:
            with self._place.visit():
                self._steps.close()
        finally:
            close: Callable[[], object] | None = getattr(self._chunks, "close", None)
            if close is not None:
                close()


class AsyncScopedStream(AsyncIterator[T], Generic[T]):
    """Makes its chunks in one scope, which is flushed after the last."""

    def __init__(self, chunks: AsyncIterable[T]) -> None:
        self._chunks = chunks
        self._place = _Place()
        self._steps = _async_steps(chunks)
        self._has_ended = False

    async def __anext__(self) -> T:
        try:
            with self._place.visit():
                return await anext(self._steps)
        except BaseException:
            self._has_ended = True
            raise

    async def aclose(self) -> None:
        """Discard the scope, unless the last chunk was made, and close what the chunks come from."""
        self._has_ended = True
        if self._place.is_new:
            await _aclose(self._chunks)
        with self._place.visit():
            await self._steps.aclose()

    def close(self) -> None:
        """Do what `aclose()` does, for Django, which closes what a response holds in synchronous code."""
        if self._has_ended:
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            async_to_sync(self.aclose)()
        else:
            task = loop.create_task(self.aclose())
            _closing.add(task)
            task.add_done_callback(_closing.discard)


@overload
def scoped_stream(chunks: Callable[P, Iterable[T]], /) -> Callable[P, ScopedStream[T]]: ...
@overload
def scoped_stream(chunks: Callable[P, AsyncIterable[T]], /) -> Callable[P, AsyncScopedStream[T]]: ...
@overload
def scoped_stream(chunks: Iterable[T], /) -> ScopedStream[T]: ...
@overload
def scoped_stream(chunks: AsyncIterable[T], /) -> AsyncScopedStream[T]: ...
def scoped_stream(chunks: Any, /) -> Any:
    """Give the chunks of a streaming response a scope, which is current only while one of them is being made.

    The scope of the request has ended when its body is made, and one that a generator opens by itself would stay open
    between two chunks, for whoever runs then. This one is opened for the first chunk and flushed after the last. It is
    discarded if making a chunk raises, or if the response is closed before the end, as when the client has gone.

    Arguments:
        chunks: An iterable, an asynchronous one, or a generator function of either kind, which is decorated then.

    Returns:
        An iterator, an asynchronous one, or a function that returns one.

    Raises:
        TypeError: It is none of these.

    Example:
        >>> import airlock
        >>> from django.http import StreamingHttpResponse
        >>> from airlock.integrations.django import scoped_stream
        >>> @scoped_stream
        ... def rows():
        ...     yield "first"
        ...     airlock.enqueue(print, "the export is complete")
        ...     yield "last"
        >>> response = StreamingHttpResponse(rows())
        >>> for chunk in response:
        ...     print(chunk)
        b'first'
        b'last'
        the export is complete
    """
    source: Any = chunks
    # Django takes what can be iterated in both ways, such as a query set, as a plain iterable.
    if isinstance(chunks, Iterable):
        return ScopedStream[Any](source)
    if isinstance(chunks, AsyncIterable):
        return AsyncScopedStream[Any](source)
    if not (isgeneratorfunction(chunks) or isasyncgenfunction(chunks)):
        raise TypeError(
            f"scoped_stream() takes an iterable of chunks, or decorates a generator function; not {chunks!r}"
        )
    wrap: Callable[[Any], Any] = ScopedStream[Any] if isgeneratorfunction(chunks) else AsyncScopedStream[Any]

    @wraps(source)
    def make_stream(*args: Any, **kwargs: Any) -> Any:
        return wrap(source(*args, **kwargs))

    return make_stream


def _steps(chunks: Iterable[T]) -> Generator[T, None, None]:
    with airlock.scope():
        yield from chunks


async def _async_steps(chunks: AsyncIterable[T]) -> AsyncGenerator[T, None]:
    async with airlock.scope():
        iterator = aiter(chunks)
        try:
            async for chunk in iterator:
                yield chunk
        finally:
            await _aclose(iterator)


async def _aclose(chunks: AsyncIterable[object]) -> None:
    aclose: Callable[[], Any] | None = getattr(chunks, "aclose", None)
    if aclose is not None:
        await aclose()
