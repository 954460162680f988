"""A scope around each request."""

from __future__ import annotations

import logging
from asyncio import CancelledError
from typing import TYPE_CHECKING, Any, cast

from asgiref import sync
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured

import airlock
from airlock._captured import flatten
from airlock._region import get_region
from airlock._turns import still_open
from airlock.integrations.django._cancellation import run_cancellable
from airlock.integrations.django._scope import DjangoScope

if TYPE_CHECKING:
    from collections.abc import Callable, Container
    from types import TracebackType

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from airlock._region import Region
    from airlock.integrations.django._request import AirlockHttpRequest

# What it says of types depends on the Python it is read with, unlike what it does.
coroutines: Any = sync

logger = logging.getLogger("airlock")

APP = "airlock.integrations.django"
ERROR = "_airlock_error"
MIDDLEWARE = "_airlock_middleware"
"""The attribute of a request that holds the middleware whose scope it has."""
ERROR_STATUS = 400


class UnwantedResponse(Exception):
    """What ends the scope of a request whose response is not to let effects out; it never leaves the middleware."""


class AirlockMiddleware:
    """Gives each request a scope, `request.airlock`, and decides by the response whether its effects go out.

    They do if the status is below 400. They do not from 400 on, and not if the view raised anything, a `Http404`
    included, even if the `process_exception` of another middleware made a page of it. Django asks those from the bottom
    of `MIDDLEWARE` upwards until one answers, so list this one below those. What runs above it is outside the scope.

    A flush that fails is an error of the request, which Django logs and answers with 500, unless a transaction of the
    request was committed: the response stays what it was then, and what could not be sent is logged.

    A client that hangs up under ASGI cancels a coroutine view, and its effects are dropped. It cannot stop a plain
    view, nor a flush that has begun: the request ends as if nothing had happened. With plain middleware below this one
    Django cancels that too: what a plain view wanted is dropped then, and logged as a warning by the logger `airlock`.

    A streaming body runs when the scope has ended; `scoped_stream()` gives it one of its own.

    With `ATOMIC_REQUESTS` a view's transaction is committed before the middleware sees the response. Served by the
    handlers of `airlock.integrations.django.handlers`, the middleware decides twice: by the response of the view, while
    that transaction is open, about what was wanted until then, and by the final response about the rest.

    Raises:
        ImproperlyConfigured: `airlock.integrations.django` is not in `INSTALLED_APPS`.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        if not apps.is_installed(APP):
            raise ImproperlyConfigured(
                f"{type(self).__qualname__} is in MIDDLEWARE, but {APP!r} is not in INSTALLED_APPS, so that nothing "
                "configures airlock: add it there"
            )
        self.get_response = get_response
        self._is_async: bool = coroutines.iscoroutinefunction(get_response)
        if self._is_async:
            coroutines.markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        return self._respond_async(request) if self._is_async else self._respond(request)

    def make_scope(self, request: HttpRequest) -> airlock.Scope:
        """Return the scope for a request, not entered yet; override to choose its policy, executor or class.

        Arguments:
            request: As it comes from the middleware above: not resolved to a view yet.
        """
        return airlock.scope()

    def should_flush(self, request: HttpRequest, response: HttpResponseBase) -> bool:
        """Return whether the effects of a request go out; override to decide otherwise.

        It is asked about every response, on the event loop where the middleware is asynchronous, but for one: a page of
        a status below 400 that was made of an exception of the view hides it, and lets nothing out. If the answer is no
        after an exception, the scope's own `should_flush(error)` is asked about that, and has the last word.

        Under the handlers of `airlock.integrations.django.handlers` it is asked besides about what a view under
        `ATOMIC_REQUESTS` returned, in the thread and in the transaction of the view, before a template is rendered.

        Arguments:
            request: The request, with its scope as `request.airlock`.
            response: What the view and the middleware below made of it, rendered.
        """
        status: int = response.status_code
        return status < ERROR_STATUS

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Take note of what the view raised, and leave the answer to others."""
        setattr(request, ERROR, exception)

    def _respond(self, request: HttpRequest) -> HttpResponseBase:
        scope = self._scope_of(request)
        scope.__enter__()
        try:
            response: HttpResponseBase = self.get_response(request)
            objection = self._objection(scope, request, response)
        except BaseException as error:
            scope.__exit__(*_details(error))
            if isinstance(error, CancelledError):
                _report_cancelled(scope)
            raise
        scope.__exit__(*_details(objection))
        return response

    def _decide_on_view(
        self, request: HttpRequest, response: HttpResponseBase, aliases: Container[str], region: Region
    ) -> None:
        """Let out or drop what was wanted until now, in the transaction of a view; whatever raises rolls it back.

        Nothing is decided here if the scope of the request waits for no transaction of the view.

        Arguments:
            request: The request.
            response: What its view has returned.
            aliases: The databases that the view has a transaction on.
            region: Where in which scopes the view was called.

        Raises:
            ScopeStateError: The view has left a scope open, or the scope of the request has ended already.
        """
        scope = cast("AirlockHttpRequest", request).airlock
        if not isinstance(scope, DjangoScope) or scope.using not in aliases:
            return
        inside = get_region()
        if inside is not region:
            raise still_open(scope, inside, scope)
        if not scope.is_active:
            raise airlock.ScopeStateError(
                f"{scope!r}, the scope of the request, ended while its view was running, so that what the view wanted "
                "was not let out: the transaction of the view is rolled back",
                scope=scope,
            )
        objection = self._objection(scope, request, response)
        part = scope._split_off()
        scope._discarded_by = ""
        part.__exit__(*_details(objection))

    async def _respond_async(self, request: HttpRequest) -> HttpResponseBase:
        scope = self._scope_of(request)
        return await run_cancellable(self._answer(scope, request), lambda: _can_be_cancelled(scope, request))

    async def _answer(self, scope: airlock.Scope, request: HttpRequest) -> HttpResponseBase:
        await scope.__aenter__()
        try:
            response: HttpResponseBase = await self.get_response(request)
            objection = self._objection(scope, request, response)
        except BaseException as error:
            await scope.__aexit__(*_details(error))
            raise
        await scope.__aexit__(*_details(objection))
        return response

    def _scope_of(self, request: HttpRequest) -> airlock.Scope:
        scope = self.make_scope(request)
        cast("AirlockHttpRequest", request).airlock = scope
        setattr(request, MIDDLEWARE, self)
        return scope

    def _objection(self, scope: airlock.Scope, request: HttpRequest, response: HttpResponseBase) -> Exception | None:
        """Return the error to leave the scope by, `None` where it is to flush."""
        # Not kept on the request, which the traceback refers to: only the garbage collector could free the two.
        error: Exception | None = vars(request).pop(ERROR, None)
        is_disguised = error is not None and response.status_code < ERROR_STATUS
        if not is_disguised and self.should_flush(request, response):
            return None
        objection = error or UnwantedResponse(response)
        status = f"the response was {response.status_code}"
        scope._discarded_by = status if error is None else f"the view raised {type(error).__name__}"
        # A scope that flushes all the same is left without the error, so that a failure of the flush is not a mere note
        # on an error that has had its answer.
        return None if scope.should_flush(objection) else objection


def _details(
    error: BaseException | None,
) -> tuple[type[BaseException] | None, BaseException | None, TracebackType | None]:
    return (None, None, None) if error is None else (type(error), error, error.__traceback__)


def _can_be_cancelled(scope: airlock.Scope, request: HttpRequest) -> bool:
    """Return whether a client that hangs up stops the request.

    It cannot stop a plain view, which goes on in its thread and commits; its effects are due by then, as under WSGI.
    Nor is a flush half done.
    """
    match = request.resolver_match
    runs_in_thread = match is not None and not coroutines.iscoroutinefunction(match.func)
    return not (runs_in_thread or scope.is_flushed)


def _report_cancelled(scope: airlock.Scope) -> None:
    """Log what was wanted under ASGI by a view below plain middleware, which has gone on and committed perhaps."""
    for intent in flatten(scope._taken):
        logger.warning(
            "discarded, since the client hung up: task %s, intent %s, scope %r", intent.name, intent.id, scope
        )
