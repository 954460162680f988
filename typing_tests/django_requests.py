"""Requests that have a scope, and streams that keep what their chunks are.

Every line that ends in `type: ignore` must be refused.
"""

from collections.abc import AsyncIterator, Iterator
from typing import assert_type

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

import airlock
from airlock.integrations.django import AirlockHttpRequest, AirlockMiddleware, scoped_stream


def view(request: AirlockHttpRequest) -> HttpResponse:
    assert_type(request.airlock, airlock.Scope)
    return HttpResponse(request.path)


def plain_view(request: HttpRequest) -> None:
    print(request.airlock)  # type: ignore


@scoped_stream
def rows(count: int) -> Iterator[bytes]:
    yield b"." * count


@scoped_stream
async def async_rows(count: int) -> AsyncIterator[bytes]:
    yield b"." * count


assert_type(next(rows(3)), bytes)
assert_type(next(scoped_stream(["a chunk"])), str)
StreamingHttpResponse(rows(3))
StreamingHttpResponse(async_rows(3))
rows("three")  # type: ignore
scoped_stream(3)  # type: ignore


async def read() -> None:
    async for chunk in async_rows(3):
        assert_type(chunk, bytes)


class Mine(AirlockMiddleware):
    def make_scope(self, request: HttpRequest) -> airlock.Scope:
        return airlock.scope(policy=airlock.DropAll())

    def should_flush(self, request: HttpRequest, response: object) -> bool:
        return True
