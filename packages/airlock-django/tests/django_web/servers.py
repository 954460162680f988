"""Servers that listen on loopback, each with a WSGI or ASGI application that a test can change."""

import http.client
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import uvicorn
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.test import override_settings

from django_web.effects import wait

OURS = "airlock.integrations.django.AirlockMiddleware"


class Answer(NamedTuple):
    status: int
    body: bytes


class Site:
    """Django behind a server, with the settings that were in force when `reload()` was called."""

    is_async = False
    handler: Any
    port: int

    client_has_gone: threading.Event
    has_answered: threading.Event

    def reload(self) -> None:
        self.client_has_gone = threading.Event()
        self.has_answered = threading.Event()
        self.handler = self.make_handler()

    def make_handler(self) -> Any:
        raise NotImplementedError

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def get(self, path: str, method: str = "GET") -> Answer:
        connection = self.connect()
        try:
            connection.request(method, path)
            response = connection.getresponse()
            return Answer(response.status, response.read())
        finally:
            connection.close()


class WSGISite(Site):
    def make_handler(self) -> Any:
        return WSGIHandler()

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self.handler(environ, start_response)


class ASGISite(Site):
    is_async = True

    def make_handler(self) -> Any:
        return ASGIHandler()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        # A request of the test before may end after the site was reloaded.
        client_has_gone, has_answered = self.client_has_gone, self.has_answered

        async def receive_and_tell() -> Any:
            message = await receive()
            if message["type"] == "http.disconnect":
                client_has_gone.set()
            return message

        try:
            await self.handler(scope, receive_and_tell, send)
        finally:
            has_answered.set()


class ThreadedServer(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = False

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        has_answered = self.get_app().has_answered
        super().process_request_thread(request, client_address)
        has_answered.set()


class SilentHandler(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None: ...


class StartedServer(uvicorn.Server):
    """A server that says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listens = threading.Event()

    async def startup(self, *arguments: Any, **options: Any) -> None:
        await super().startup(*arguments, **options)
        self.listens.set()

    @property
    def port(self) -> int:
        return int(self.servers[0].sockets[0].getsockname()[1])


@contextmanager
def wsgi_site() -> Iterator[Site]:
    """Serve with wsgiref, a thread for each request."""
    site = WSGISite()
    server = make_server("127.0.0.1", 0, site, server_class=ThreadedServer, handler_class=SilentHandler)
    site.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def asgi_site() -> Iterator[Site]:
    """Serve with uvicorn, in a thread with an event loop of its own."""
    site = ASGISite()
    server = StartedServer(uvicorn.Config(site, port=0, lifespan="off", log_config=None, loop="asyncio", ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait(server.listens)
        site.port = server.port
        yield site
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def stacked(site: Site, stack: str) -> Iterator[None]:
    """Put middleware in force for a site, outermost first; OURS is `AirlockMiddleware`."""
    names = [OURS if name == "OURS" else f"django_web.{_module_of(name)}" for name in stack.split()]
    with override_settings(MIDDLEWARE=names):
        site.reload()
        yield


def _module_of(name: str) -> str:
    return name if "." in name else f"middleware.{name}"
