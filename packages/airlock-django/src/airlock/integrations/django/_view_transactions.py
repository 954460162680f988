"""Deciding about a request's effects while the transaction of its view is open."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from asgiref import sync
from django.core.handlers.base import BaseHandler
from django.db import connections
from django.http.response import HttpResponseBase

from airlock._region import get_region
from airlock.integrations.django._middleware import MIDDLEWARE

if TYPE_CHECKING:
    from collections.abc import Callable, Set

    from django.http import HttpRequest

# What it says of types depends on the Python it is read with, unlike what it does.
coroutines: Any = sync

NON_ATOMIC = "_non_atomic_requests"
_NONE: frozenset[str] = frozenset()


class DecidesInTransaction(BaseHandler):
    """A handler whose views under `ATOMIC_REQUESTS` have the verdict on their effects inside their transaction.

    Put it before a handler of Django's to make another one of that kind.
    """

    def make_view_atomic(self, view: Callable[..., Any]) -> Callable[..., Any]:
        """Return a view in the transactions that the settings give it, with the verdict in the innermost of them."""
        aliases = _atomic_aliases(view)
        if aliases and not coroutines.iscoroutinefunction(view):
            view = _decided(view, aliases)
        made: Callable[..., Any] = super().make_view_atomic(view)
        return made


def _atomic_aliases(view: Callable[..., Any]) -> set[str]:
    non_atomic = _non_atomic(view)
    return {
        alias
        for alias, database in connections.settings.items()
        if database["ATOMIC_REQUESTS"] and alias not in non_atomic
    }


def _decided(view: Callable[..., Any], aliases: set[str]) -> Callable[..., Any]:
    @wraps(view)
    def decided(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        region = get_region()
        response = view(request, *args, **kwargs)
        middleware = getattr(request, MIDDLEWARE, None)
        # Anything else is about to be an error of Django's.
        if middleware is not None and isinstance(response, HttpResponseBase):
            middleware._decide_on_view(request, response, aliases, region)
        return response

    setattr(decided, NON_ATOMIC, _non_atomic(view))
    return decided


def _non_atomic(view: Callable[..., Any]) -> Set[str]:
    found: Set[str] = getattr(view, NON_ATOMIC, _NONE)
    return found
