"""The site that the tests of requests run against, on real servers and on Django's own clients."""

from collections.abc import Iterator

import pytest
from django.test import override_settings
from django_web.effects import record, scopes, sent
from django_web.servers import OURS, Site, asgi_site, wsgi_site

# Its tests run in processes of their own.
collect_ignore = ["bookshop"]


@pytest.fixture(scope="session")
def wsgi_server() -> Iterator[Site]:
    with wsgi_site() as site:
        yield site


@pytest.fixture(scope="session")
def asgi_server() -> Iterator[Site]:
    with asgi_site() as site:
        yield site


@pytest.fixture
def web() -> Iterator[None]:
    """The site's settings, with nothing but our middleware, and a fresh record of effects."""
    sent.clear()
    scopes.clear()
    with override_settings(
        AIRLOCK={"EXECUTOR": record}, ALLOWED_HOSTS=["*"], MIDDLEWARE=[OURS], ROOT_URLCONF="django_web.urls"
    ):
        yield


@pytest.fixture(params=["wsgi", "asgi"])
def site(request: pytest.FixtureRequest, web: None) -> Site:
    """The site behind a real server, of each kind in turn."""
    server: Site = request.getfixturevalue(f"{request.param}_server")
    server.reload()
    return server


@pytest.fixture(params=["plain", "awaited"])
def kind(request: pytest.FixtureRequest) -> str:
    """The kind of view, as it stands at the start of an address."""
    name: str = request.param
    return name
