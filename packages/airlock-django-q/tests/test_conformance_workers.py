"""The suite with the cluster of django-q2 itself."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from airlock_conformance import Capability, WorkerSuite
from airlock_conformance.servers import require_server
from django_q_project.backends import cluster, use_orm, use_redis
from django_q_project.settings import REDIS_URL

from airlock.integrations.executors.django_q import DjangoQExecutor, django_q_executor


class TestClusterOnSqlite(WorkerSuite):
    capabilities = frozenset({Capability.PLAIN_FUNCTIONS})

    @pytest.fixture
    def executor(self, monkeypatch: pytest.MonkeyPatch) -> DjangoQExecutor:
        use_orm(monkeypatch)
        return django_q_executor

    def make_task(self, function: Callable[..., object]) -> Any:
        return function

    def worker(self) -> AbstractContextManager[None]:
        return cluster("orm")


@pytest.mark.server
class TestClusterOnRedis(WorkerSuite):
    capabilities = frozenset({Capability.PLAIN_FUNCTIONS})

    @pytest.fixture
    def executor(self, monkeypatch: pytest.MonkeyPatch) -> DjangoQExecutor:
        use_redis(monkeypatch)
        return django_q_executor

    def make_task(self, function: Callable[..., object]) -> Any:
        return function

    def worker(self) -> AbstractContextManager[None]:
        require_server(REDIS_URL)
        return cluster("redis")
