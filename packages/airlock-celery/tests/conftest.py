"""Tests, and the workers that they start, share a package."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import Celery, _state

sys.path.insert(0, str(Path(__file__).parent))

from celery_support.brokers import Memory, RabbitMQ, Redis
from celery_support.calls import plus

from airlock.integrations.celery import LegacyTaskShim, install_global_intercept


@pytest.fixture(autouse=True)
def _no_tasks_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the tasks of pages that ran before, and those of a test, out of the apps of the next ones."""
    own = {finalizer for finalizer in _state._on_app_finalizers if finalizer.__module__ == "celery.app.builtins"}
    monkeypatch.setattr(_state, "_on_app_finalizers", own)


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


@pytest.fixture(params=["shim", "intercept", "intercept, tasks not in scopes"])
def legacy_app(request: pytest.FixtureRequest, memory: Memory) -> Celery:
    """An app whose tasks are of each class."""
    if request.param == "shim":
        memory.app.Task = LegacyTaskShim
    else:
        install_global_intercept(memory.app, wrap_task_execution=request.param == "intercept")
    return memory.app


@pytest.fixture
def add(legacy_app: Celery) -> Any:
    return legacy_app.task(name="shop.add", shared=False)(plus)
