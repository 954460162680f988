"""Middleware of others: plain, asynchronous, and some that make pages of exceptions."""

from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.db import transaction
from django.http import HttpRequest, HttpResponse

import airlock
from django_web.effects import want


class SyncOnly:
    """What most middleware is: it knows nothing of coroutines."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)


class AsyncOnly:
    sync_capable = False
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        markcoroutinefunction(self)

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        assert iscoroutinefunction(self.get_response)
        return await self.get_response(request)


class Apologises(SyncOnly):
    """Makes a page of whatever a view raises, as some do to hide errors from people."""

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse:
        return HttpResponse("we are sorry", status=200)


class Shrugs(SyncOnly):
    def process_exception(self, request: HttpRequest, exception: Exception) -> None: ...


class Refuses(SyncOnly):
    """Answers 503 whatever the view said."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        self.get_response(request)
        return HttpResponse(status=503)


class Covers(SyncOnly):
    """Answers 200 whatever the view said."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        self.get_response(request)
        return HttpResponse("all is well")


class Fails(SyncOnly):
    def __call__(self, request: HttpRequest) -> HttpResponse:
        want("of the middleware")
        raise ValueError("in the middleware")


class FailsAfterwards(SyncOnly):
    def __call__(self, request: HttpRequest) -> HttpResponse:
        self.get_response(request)
        raise ValueError("in the middleware")


class Wants(SyncOnly):
    """Wants an effect of its own, before and after the view."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        want("before the view")
        response = self.get_response(request)
        want("after the view")
        return response


class InTransaction(SyncOnly):
    """Puts the whole request into a transaction."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with transaction.atomic(using=airlock.get_configuration().scope_kwargs["using"]):
            return self.get_response(request)


class RolledBack(SyncOnly):
    """Tries what a request would do."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        alias = airlock.get_configuration().scope_kwargs["using"]
        with transaction.atomic(using=alias):
            response = self.get_response(request)
            transaction.set_rollback(True, using=alias)
        return response
