"""Tests, and the workers that they start, share a package."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from celery_support.brokers import Memory, RabbitMQ, Redis


@pytest.fixture
def memory() -> Iterator[Memory]:
    broker = Memory()
    yield broker
    broker.close()


@pytest.fixture(name="redis")
def redis_broker() -> Iterator[Redis]:
    broker = Redis()
    yield broker
    broker.close()


@pytest.fixture
def rabbitmq() -> Iterator[RabbitMQ]:
    broker = RabbitMQ()
    yield broker
    broker.close()


@pytest.fixture
def confirming() -> Iterator[RabbitMQ]:
    broker = RabbitMQ(confirm_publish=True)
    yield broker
    broker.close()


@pytest.fixture(params=["redis", "rabbitmq", "confirming"])
def server(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)
