"""The suite that every executor passes, for each broker that can be had here."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from airlock_conformance import Capability, ExecutorSuite, Queued
from airlock_conformance.proxy import CuttingProxy
from airlock_conformance.servers import require_server
from django.conf import settings
from django.db import connections
from django_q_project.backends import cut_after, down, postgres_proxy, redis_proxy, use_orm, use_redis
from django_q_project.packages_seen import on_postgres, on_redis, on_sqlite, postgres, redis_client
from django_q_project.settings import REDIS_URL

from airlock import Intent
from airlock.integrations.executors.django_q import DjangoQExecutor, _captured, _packages, django_q_executor

EVERYWHERE = {
    Capability.ATOMIC_BULK,
    Capability.BULK,
    Capability.CONTEXT,
    Capability.HANDLES,
    Capability.MESSAGE_ID,
    Capability.OPTIONS,
    Capability.PLAIN_FUNCTIONS,
    Capability.UNAVAILABLE,
}
OWN = {"airlock_context", "args", "func", "id", "kwargs", "name", "started"}


class Common(ExecutorSuite):
    """What is the same for every broker."""

    option = ("group", "receipts")

    def make_task(self, function: Callable[..., object]) -> Any:
        return function

    def message_id(self, intent: Intent) -> str:
        return intent.id.hex

    def unserialisable(self) -> Any:
        return lambda: None

    def packages(self) -> list[dict[str, Any]]:
        raise NotImplementedError

    def queued(self) -> list[Queued]:
        return [
            Queued(
                f"{package['func'].__module__}.{package['func'].__qualname__}",
                package["args"],
                package["kwargs"],
                package["id"],
                {option: value for option, value in package.items() if option not in OWN},
                package.get("airlock_context", {}),
            )
            for package in self.packages()
        ]


class TestOrmOnSqlite(Common):
    capabilities = EVERYWHERE | {Capability.FORK}

    @pytest.fixture
    def executor(self, monkeypatch: pytest.MonkeyPatch) -> DjangoQExecutor:
        use_orm(monkeypatch)
        return django_q_executor

    def packages(self) -> list[dict[str, Any]]:
        return on_sqlite()

    def empty(self) -> None:
        connection = sqlite3.connect(settings.DATABASES["default"]["NAME"], timeout=20)
        connection.execute("DELETE FROM django_q_ormq")
        connection.commit()
        connection.close()

    @contextmanager
    def unavailable(self) -> Iterator[None]:
        options = connections["default"].settings_dict
        there = options["NAME"]
        connections["default"].close()
        options["NAME"] = there.parent
        try:
            yield
        finally:
            options["NAME"] = there


class TestPackagesThatAsyncTaskBuilds(TestOrmOnSqlite):
    """The same with what is used where a private name of django-q2 is gone."""

    capabilities = EVERYWHERE

    @pytest.fixture
    def executor(self, monkeypatch: pytest.MonkeyPatch) -> DjangoQExecutor:
        use_orm(monkeypatch)
        monkeypatch.setattr(_packages, "pack", _captured.pack)
        return django_q_executor


@pytest.mark.server
class TestOrmOnPostgres(Common):
    capabilities = EVERYWHERE | {Capability.FORK, Capability.PARTIAL_FAILURE}

    proxy: CuttingProxy

    @pytest.fixture
    def executor(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[DjangoQExecutor]:
        with postgres_proxy(monkeypatch) as self.proxy:
            yield django_q_executor

    def packages(self) -> list[dict[str, Any]]:
        return on_postgres()

    def empty(self) -> None:
        with postgres() as connection:
            connection.execute("DELETE FROM django_q_ormq")

    def unavailable(self) -> AbstractContextManager[None]:
        return down(self.proxy)

    def cut_after(self, count: int) -> AbstractContextManager[None]:
        return cut_after(self.proxy, count)


@pytest.mark.server
class TestRedis(Common):
    capabilities = EVERYWHERE | {Capability.FORK, Capability.GEVENT, Capability.PARTIAL_FAILURE}

    @pytest.fixture
    def executor(self, monkeypatch: pytest.MonkeyPatch) -> DjangoQExecutor:
        require_server(REDIS_URL)
        use_redis(monkeypatch)
        return django_q_executor

    def packages(self) -> list[dict[str, Any]]:
        return on_redis()

    def empty(self) -> None:
        with redis_client() as client:
            client.flushdb()

    @contextmanager
    def unavailable(self) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch, redis_proxy(patch) as proxy, down(proxy):
            yield

    @contextmanager
    def cut_after(self, count: int) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch, redis_proxy(patch) as proxy, cut_after(proxy, count):
            yield
