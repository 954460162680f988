"""Real prefork workers run what was sent, on each kind of broker that several processes can share."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from airlock_conformance import Capability, WorkerSuite
from airlock_conformance.servers import require_server
from celery import Celery
from celery_support.apps import RABBITMQ_URL, REDIS_URL, make_app, make_task
from celery_support.brokers import QUEUE, folder_options
from celery_support.workers import worker

from airlock.integrations.executors.celery import CeleryExecutor, celery_executor


class Suite:
    """What all have in common."""

    capabilities = frozenset({Capability.DELAY})
    app: Celery
    url: str
    options: dict[str, Any]
    patience: float

    @pytest.fixture
    def executor(self) -> CeleryExecutor:
        return celery_executor

    def make_task(self, function: Callable[..., object]) -> Any:
        return make_task(self.app, function)

    @pytest.fixture(autouse=True)
    def _impatience(self, request: pytest.FixtureRequest) -> None:
        """What never happens need not be waited for as long as what may take a while."""
        if request.node.get_closest_marker("xfail"):
            self.patience = 3.0

    @pytest.mark.xfail(strict=True, reason="Celery's workers call a task with `self`, and cannot pass another one")
    def test_keyword_arguments_of_any_name_reach_the_worker(self) -> None:
        raise NotImplementedError

    def worker(self) -> AbstractContextManager[object]:
        return worker(self.url, f"{QUEUE}-worked", **self.options)


@pytest.fixture(scope="class", autouse=True)
def app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give a class its app, and delete the queue that it shares with its worker."""
    cls = request.cls
    cls.url, cls.options = cls.broker(tmp_path_factory.mktemp("queue"))
    cls.app = make_app(cls.url, f"{QUEUE}-worked", **cls.options)
    yield
    with cls.app.connection_for_write() as connection:
        connection.default_channel.queue_delete(f"{QUEUE}-worked")


class TestFilesystem(Suite, WorkerSuite):
    @staticmethod
    def broker(folder: Path) -> tuple[str, dict[str, Any]]:
        return "filesystem://", folder_options(folder) | {"polling_interval": 0.1}


@pytest.mark.server
class TestRedis(Suite, WorkerSuite):
    @staticmethod
    def broker(_: Path) -> tuple[str, dict[str, Any]]:
        return require_server(REDIS_URL), {}


@pytest.mark.server
class TestRabbitMQ(Suite, WorkerSuite):
    @staticmethod
    def broker(_: Path) -> tuple[str, dict[str, Any]]:
        return require_server(RABBITMQ_URL), {"confirm_publish": True}
