"""Tests and the workers that they start share a package."""

import sys
from contextvars import ContextVar
from pathlib import Path

import pytest

import airlock
from airlock.integrations.dramatiq import AirlockMiddleware

sys.path.insert(0, str(Path(__file__).parent))

from dramatiq_support import actors, places, queues
from dramatiq_support.scopes import make


@pytest.fixture(scope="module", autouse=True)
def close_what_is_looked_through():
    """Leave no connection behind."""
    yield
    queues.close()


@pytest.fixture(
    params=["stub", *(pytest.param(name, marks=pytest.mark.server) for name in ("redis", "rabbitmq", "confirms"))]
)
def place(request):
    """A broker of each kind, and what is in its queue."""
    with places.open_place(request.param) as place:
        yield place


@pytest.fixture
def configured():
    """A configuration whose scopes send with Dramatiq."""
    airlock.configure(executor="dramatiq")
    yield
    airlock.reset_configuration()


@pytest.fixture
def broker(configured):
    """A broker in memory whose messages are units of work."""
    broker = actors.stub_broker()
    broker.add_middleware(AirlockMiddleware())
    return broker


@pytest.fixture
def log():
    """What has happened."""
    return []


@pytest.fixture
def mark(broker, log):
    """An actor that happens."""
    return make(broker, lambda event: log.append(event), "mark")


@pytest.fixture
def request_id(configured):
    """What travels with messages, so that it shows which calls are those of the message."""
    variable = ContextVar("request_id", default=None)
    airlock.configure(context={"request_id": variable})
    return variable
