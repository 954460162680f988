"""The suite that every executor passes, with backends of Django's tasks."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from airlock_conformance import Capability, ExecutorSuite, Queued
from airlock_conformance.proxy import CuttingProxy
from django.db import connections
from django.test import override_settings
from django_tasks_suites import databases
from django_tasks_suites.backends import MailboxBackend, mailbox, taking
from django_tasks_suites.tasks import FRAMEWORK, make_task

from airlock.integrations.executors.django_tasks import DjangoTasksExecutor, django_tasks_executor

EVERYWHERE = {
    Capability.ASYNC_TASKS,
    Capability.BULK,
    Capability.HANDLES,
    Capability.OPTIONS,
    Capability.UNAVAILABLE,
}
DATABASE = EVERYWHERE | {Capability.ATOMIC_BULK, Capability.MESSAGE_ID}

JSONB = {
    "test_plain_values_arrive_as_they_are[text]": "PostgreSQL has no character NUL in its JSON, so it is refused",
    "test_plain_values_arrive_as_they_are[nested]": "PostgreSQL has an order of its own for the keys of an object",
}

_normalise: Any = import_module(f"{FRAMEWORK}.base").normalize_json


class Common(ExecutorSuite):
    """What is the same for every backend."""

    option = ("priority", 7)

    def make_task(self, function: Callable[..., object]) -> Any:
        return make_task(function)

    def unserialisable(self) -> Any:
        return object()

    def round_trip(self, value: Any) -> Any:
        return json.loads(json.dumps(_normalise(value), ensure_ascii=False, allow_nan=False).encode())


class TestAnyBackend(Common):
    capabilities = EVERYWHERE | {Capability.PARTIAL_FAILURE}

    @pytest.fixture
    def executor(self) -> Iterator[DjangoTasksExecutor]:
        with override_settings(TASKS={"database": {"BACKEND": "django_tasks_suites.backends.MailboxBackend"}}):
            yield django_tasks_executor

    def queued(self) -> list[Queued]:
        return mailbox()

    def empty(self) -> None:
        MailboxBackend.messages.clear()

    def unavailable(self) -> AbstractContextManager[None]:
        return taking(0)

    def cut_after(self, count: int) -> AbstractContextManager[None]:
        return taking(count)


class OnDatabase(Common):
    """What is the same for every database."""

    # A row is there at once, and an intent that is sent again has no second one to wait for.
    patience = 3.0
    alias: str

    @pytest.fixture(autouse=True)
    def _close_connections(self) -> Iterator[None]:
        with databases.closing_connections():
            yield

    def queued(self) -> list[Queued]:
        return databases.rows(self.alias)

    def empty(self) -> None:
        databases.execute(self.alias, f"DELETE FROM {databases.TABLE}")


class TestSqlite(OnDatabase):
    capabilities = DATABASE
    alias = "default"

    @pytest.fixture
    def executor(self, monkeypatch: pytest.MonkeyPatch) -> DjangoTasksExecutor:
        databases.use(monkeypatch, self.alias)
        return django_tasks_executor

    @contextmanager
    def unavailable(self) -> Iterator[None]:
        options = connections["default"].settings_dict
        there = options["NAME"]
        connections["default"].close()
        options["NAME"] = str(Path(there).parent)
        try:
            yield
        finally:
            options["NAME"] = there


class OnServer(OnDatabase):
    """What is the same for every database that is a server."""

    capabilities = DATABASE | {Capability.PARTIAL_FAILURE}

    proxy: CuttingProxy

    @pytest.fixture
    def executor(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[DjangoTasksExecutor]:
        with databases.proxied(monkeypatch, self.alias) as self.proxy:
            yield django_tasks_executor

    def unavailable(self) -> AbstractContextManager[None]:
        return databases.down(self.proxy)

    def cut_after(self, count: int) -> AbstractContextManager[None]:
        return databases.cut_after(self.proxy, count)


@pytest.mark.server
class TestPostgres(OnServer):
    alias = "postgres"

    @pytest.fixture(autouse=True)
    def _jsonb(self, request: pytest.FixtureRequest) -> None:
        reason = JSONB.get(request.node.name)
        if reason:
            request.applymarker(pytest.mark.xfail(strict=True, reason=reason))


@pytest.mark.server
class TestMariadb(OnServer):
    alias = "mariadb"

    @pytest.fixture(autouse=True)
    def _json(self, request: pytest.FixtureRequest) -> None:
        if request.node.name == "test_plain_values_arrive_as_they_are[nested]" and databases.is_mysql(self.alias):
            reason = "MySQL has an order of its own for the keys of an object"
            request.applymarker(pytest.mark.xfail(strict=True, reason=reason))
