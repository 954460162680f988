"""Views whose body is made chunk by chunk, after their own scope has ended."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async
from django.db import DatabaseError, transaction
from django.http import HttpRequest, StreamingHttpResponse
from django_project.models import Entry

import airlock
from airlock.integrations.django import scoped_stream
from django_web import meetings
from django_web.effects import want

MEGABYTE = b"." * 2**20


@scoped_stream
def rows(alias: str) -> Iterator[str]:
    want("before the first")
    yield "first,"
    Entry.objects.using(alias).create(text="written")
    want("written")
    yield "second,"
    try:
        with transaction.atomic(using=alias):
            want("rolled back")
            raise DatabaseError
    except DatabaseError:
        yield "last"


@scoped_stream
async def async_rows(alias: str) -> AsyncIterator[str]:
    want("before the first")
    yield "first,"
    await Entry.objects.using(alias).acreate(text="written")
    want("written")
    yield "second,"

    def try_in_vain() -> None:
        with transaction.atomic(using=alias):
            want("rolled back")
            raise DatabaseError

    try:
        await sync_to_async(try_in_vain)()
    except DatabaseError:
        yield "last"


def streams(request: HttpRequest, alias: str) -> StreamingHttpResponse:
    want("in the view")
    return StreamingHttpResponse(rows(alias))


async def streams_async(request: HttpRequest, alias: str) -> StreamingHttpResponse:
    want("in the view")
    return StreamingHttpResponse(async_rows(alias))


async def tells_threads(request: HttpRequest) -> StreamingHttpResponse:
    identify = sync_to_async(threading.get_ident)
    first = await identify()

    @scoped_stream
    async def threads() -> AsyncIterator[str]:
        yield f"{first},"
        yield f"{await identify()},"
        yield f"{await identify()}"

    return StreamingHttpResponse(threads())


@scoped_stream
def endless() -> Iterator[bytes]:
    try:
        want("before the first")
        while True:
            yield MEGABYTE
    finally:
        meetings.current.ended.set()


@scoped_stream
async def endless_async() -> AsyncIterator[bytes]:
    try:
        want("before the first")
        while True:
            yield MEGABYTE
            # A server does not wait for a client that has gone, so that nothing else gives way to the event loop.
            await asyncio.sleep(0)
    finally:
        meetings.current.ended.set()


def never_ends(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(endless())


async def never_ends_async(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(endless_async())


def unscoped() -> Iterator[str]:
    yield "first,"
    yield repr(airlock.get_current_scope())


def streams_without_a_scope(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(unscoped())


async def unscoped_async() -> AsyncIterator[str]:
    yield "first,"
    yield repr(airlock.get_current_scope())


async def streams_without_a_scope_async(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(unscoped_async())
