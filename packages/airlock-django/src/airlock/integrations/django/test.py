"""Django's test clients, with the effects of a view in its own transaction, as the applications of `handlers` have it.

A test client brings a handler of its own, so that a project which is served by
`airlock.integrations.django.handlers` needs these to be tested as it is served.
"""

from __future__ import annotations

from typing import Any

from django.test import AsyncClient as DjangoAsyncClient
from django.test import Client as DjangoClient
from django.test.client import AsyncClientHandler as DjangoAsyncClientHandler
from django.test.client import ClientHandler as DjangoClientHandler

from airlock.integrations.django._view_transactions import DecidesInTransaction

__all__ = ["AsyncClient", "AsyncClientHandler", "Client", "ClientHandler"]


class ClientHandler(DecidesInTransaction, DjangoClientHandler):
    """What `Client` sends its requests to."""


class AsyncClientHandler(DecidesInTransaction, DjangoAsyncClientHandler):
    """What `AsyncClient` sends its requests to."""


class Client(DjangoClient):
    """Django's test client, for a project that is served by the handlers of airlock; it takes the same arguments.

    Example:
        >>> from django.test import TestCase
        >>> from airlock.integrations.django.test import Client
        >>> class ShopTests(TestCase):
        ...     client_class = Client
    """

    def __init__(self, enforce_csrf_checks: bool = False, *args: Any, **kwargs: Any) -> None:
        super().__init__(enforce_csrf_checks, *args, **kwargs)
        self.handler: DjangoClientHandler = ClientHandler(enforce_csrf_checks)


class AsyncClient(DjangoAsyncClient):
    """Django's asynchronous test client, for a project that is served by the handlers of airlock.

    Example:
        >>> from django.test import TestCase
        >>> from airlock.integrations.django.test import AsyncClient
        >>> class ShopTests(TestCase):
        ...     async_client_class = AsyncClient
    """

    def __init__(self, enforce_csrf_checks: bool = False, *args: Any, **kwargs: Any) -> None:
        super().__init__(enforce_csrf_checks, *args, **kwargs)
        self.handler: DjangoAsyncClientHandler = AsyncClientHandler(enforce_csrf_checks)
