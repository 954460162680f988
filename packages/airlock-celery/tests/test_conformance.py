"""The suite that every executor passes, on each kind of broker."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from airlock_conformance import Capability, ExecutorSuite, Queued
from celery_support.apps import make_task
from celery_support.brokers import Broker, Filesystem, Memory, RabbitMQ, Redis

from airlock.integrations.executors.celery import CeleryExecutor, celery_executor

EVERYWHERE = {
    Capability.BULK,
    Capability.CONTEXT,
    Capability.DELAY,
    Capability.HANDLES,
    Capability.MESSAGE_ID,
    Capability.OPTIONS,
}
ON_A_SERVER = EVERYWHERE | {Capability.FORK, Capability.GEVENT, Capability.UNAVAILABLE}


class Suite:
    """What all have in common."""

    broker: Any
    option = ("time_limit", 30)

    @pytest.fixture
    def executor(self) -> CeleryExecutor:
        return celery_executor

    def make_task(self, function: Callable[..., object]) -> Any:
        return make_task(self.broker.app, function)

    def round_trip(self, value: Any) -> Any:
        from kombu.utils.json import dumps, loads

        return loads(dumps(value))

    def queued(self) -> list[Queued]:
        found: list[Queued] = self.broker.queued()
        return found

    def empty(self) -> None:
        self.broker.empty()

    def unserialisable(self) -> object:
        return object()

    def unavailable(self) -> AbstractContextManager[object]:
        down: AbstractContextManager[object] = self.broker.unavailable()
        return down

    def cut_after(self, count: int) -> AbstractContextManager[object]:
        cut: AbstractContextManager[object] = self.broker.cut_after(count)
        return cut


@pytest.fixture(scope="class", autouse=True)
def broker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give a class its broker."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        request.cls.broker = made = request.cls.make_broker(tmp_path_factory, monkeypatch)
        yield
        made.close()


class TestMemory(Suite, ExecutorSuite):
    capabilities = EVERYWHERE

    @staticmethod
    def make_broker(*_: object) -> Broker:
        return Memory()


class TestFilesystem(Suite, ExecutorSuite):
    capabilities = EVERYWHERE

    @staticmethod
    def make_broker(folders: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Broker:
        return Filesystem(folders.mktemp("queue"), monkeypatch)


@pytest.mark.server
class TestRedis(Suite, ExecutorSuite):
    capabilities = ON_A_SERVER | {Capability.PARTIAL_FAILURE}

    @staticmethod
    def make_broker(*_: object) -> Broker:
        return Redis()


@pytest.mark.server
class TestRabbitMQ(Suite, ExecutorSuite):
    capabilities = ON_A_SERVER | {Capability.PARTIAL_FAILURE}

    @staticmethod
    def make_broker(*_: object) -> Broker:
        return RabbitMQ()


@pytest.mark.server
class TestRabbitMQWithConfirms(Suite, ExecutorSuite):
    capabilities = ON_A_SERVER | {Capability.ATOMIC_BULK, Capability.PARTIAL_FAILURE}

    @staticmethod
    def make_broker(*_: object) -> Broker:
        return RabbitMQ(confirm_publish=True)
