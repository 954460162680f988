"""Views that want an effect and then end in every way; each is there plain and as a coroutine function."""

import asyncio
from collections.abc import Callable
from io import BytesIO
from typing import Any

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import DatabaseError, transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseNotModified, HttpResponseRedirect
from django.template.response import TemplateResponse
from django_project.models import Entry

import airlock
from airlock.integrations.django import AirlockHttpRequest
from django_web.effects import want

ERRORS: dict[str, BaseException] = {
    "Http404": Http404("no such order"),
    "PermissionDenied": PermissionDenied(),
    "SuspiciousOperation": SuspiciousOperation("a forged order"),
    "ValueError": ValueError("a bug"),
    "SystemExit": SystemExit(3),
    "KeyboardInterrupt": KeyboardInterrupt(),
    "GeneratorExit": GeneratorExit(),
    "CancelledError": asyncio.CancelledError(),
}


class Page:
    """A template that does something when it is rendered."""

    def __init__(self, does: Callable[[], None]) -> None:
        self.does = does

    def render(self, context: Any = None, request: Any = None) -> str:
        self.does()
        return "a page"


def answers(request: HttpRequest, status: int) -> HttpResponse:
    want("answered")
    return HttpResponse(b"" if status in (204, 304) else b"a body", status=status)


def raises(request: HttpRequest, error: str) -> HttpResponse:
    want("before the error")
    raise ERRORS[error].with_traceback(None)


def redirects(request: HttpRequest) -> HttpResponse:
    want("redirected")
    return HttpResponseRedirect("/elsewhere/")


def is_not_modified(request: HttpRequest) -> HttpResponse:
    want("not modified")
    return HttpResponseNotModified()


def sends_a_file(request: HttpRequest) -> FileResponse:
    want("sent a file")
    return FileResponse(BytesIO(b"a file"))


def renders_later(request: HttpRequest) -> TemplateResponse:
    want("in the view")
    return TemplateResponse(request, Page(lambda: want("while rendering")))


def fails_to_render(request: HttpRequest) -> TemplateResponse:
    def fail() -> None:
        raise ValueError("in the template")

    want("in the view")
    return TemplateResponse(request, Page(fail))


def wants_what_cannot_be_sent(request: HttpRequest) -> HttpResponse:
    want("sendable")
    want("unsendable")
    return HttpResponse(b"all is well")


def looks_at_its_scope(request: AirlockHttpRequest) -> HttpResponse:
    assert request.airlock is airlock.get_current_scope()
    return HttpResponse(type(request.airlock).__qualname__)


def leaves_a_scope_open(request: HttpRequest) -> HttpResponse:
    want("answered")
    airlock.scope().enter()
    return HttpResponse()


def has_no_scope(request: HttpRequest) -> HttpResponse:
    return HttpResponse(repr(airlock.get_current_scope()))


def echoes(request: HttpRequest, label: str) -> HttpResponse:
    want(label)
    return HttpResponse(label)


BOTH = {
    "answers/<int:status>/": answers,
    "raises/<str:error>/": raises,
    "redirects/": redirects,
    "is_not_modified/": is_not_modified,
    "sends_a_file/": sends_a_file,
    "renders_later/": renders_later,
    "fails_to_render/": fails_to_render,
    "wants_what_cannot_be_sent/": wants_what_cannot_be_sent,
    "looks_at_its_scope/": looks_at_its_scope,
    "leaves_a_scope_open/": leaves_a_scope_open,
    "has_no_scope/": has_no_scope,
    "echoes/<str:label>/": echoes,
}


def awaited(view: Callable[..., Any]) -> Callable[..., Any]:
    """Return the same view as a coroutine function, which gives way to others before it starts."""

    async def awaited_view(request: HttpRequest, **arguments: Any) -> Any:
        await asyncio.sleep(0)
        return view(request, **arguments)

    return awaited_view


def writes(request: HttpRequest, alias: str) -> HttpResponse:
    Entry.objects.using(alias).create(text="written")
    want("written")
    return HttpResponse(status=int(request.GET.get("status", 200)))


def writes_what_cannot_be_told(request: HttpRequest, alias: str) -> HttpResponse:
    want("unsendable")
    return writes(request, alias)


def writes_and_raises(request: HttpRequest, alias: str) -> HttpResponse:
    writes(request, alias)
    raise ValueError("after the write")


def swallows_a_rollback(request: HttpRequest, alias: str) -> HttpResponse:
    want("before")
    try:
        with transaction.atomic(using=alias):
            Entry.objects.using(alias).create(text="written")
            want("rolled back")
            raise DatabaseError
    except DatabaseError:
        want("after")
    return HttpResponse()


async def swallows_a_rollback_in_its_thread(request: HttpRequest, alias: str) -> HttpResponse:
    from asgiref.sync import sync_to_async

    return await sync_to_async(swallows_a_rollback)(request, alias)


async def opens_a_scope_of_its_own(request: HttpRequest, alias: str) -> HttpResponse:
    async with airlock.scope():
        want("inside")
        await Entry.objects.using(alias).acreate(text="written")
    return HttpResponse()


ON_A_DATABASE = {
    "writes": writes,
    "non_atomic_writes": transaction.non_atomic_requests(lambda request, alias: writes(request, alias)),
    "writes_and_raises": writes_and_raises,
    "writes_what_cannot_be_told": writes_what_cannot_be_told,
    "swallows_a_rollback": swallows_a_rollback,
    "swallows_a_rollback_in_its_thread": swallows_a_rollback_in_its_thread,
    "opens_a_scope_of_its_own": opens_a_scope_of_its_own,
}
