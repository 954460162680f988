"""The suite with `manage.py db_worker` itself."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from airlock_conformance import Capability, WorkerSuite
from django.utils import timezone
from django_tasks_suites import databases
from django_tasks_suites.tasks import make_task

from airlock.integrations.executors.django_tasks import DjangoTasksExecutor, django_tasks_executor


class OnDatabase(WorkerSuite):
    """What is the same for every database."""

    capabilities = frozenset({Capability.ASYNC_TASKS, Capability.DELAY, Capability.RELAY})
    relay = (
        "airlock.integrations.executors.django_tasks:django_tasks_executor",
        "django_tasks_suites.tasks:make_task",
    )
    alias: str

    @pytest.fixture(autouse=True)
    def _close_connections(self) -> Iterator[None]:
        with databases.closing_connections():
            yield

    @pytest.fixture
    def executor(self, monkeypatch: pytest.MonkeyPatch) -> DjangoTasksExecutor:
        databases.use(monkeypatch, self.alias)
        return django_tasks_executor

    def make_task(self, function: Callable[..., object]) -> Any:
        return make_task(function)

    def delay(self, seconds: int) -> dict[str, Any]:
        return {"run_after": timezone.now() + timedelta(seconds=seconds)}

    def worker(self) -> AbstractContextManager[None]:
        databases.require(self.alias)
        return databases.worker(self.alias)

    @pytest.fixture(autouse=True)
    def _impatience(self, request: pytest.FixtureRequest) -> None:
        """What never happens need not be waited for as long as what may take a while."""
        if request.node.get_closest_marker("xfail"):
            self.patience = 3.0

    @pytest.mark.xfail(strict=True, reason="workers run `task.call(**kwargs)`, and cannot pass another `self`")
    def test_keyword_arguments_of_any_name_reach_the_worker(self) -> None:
        raise NotImplementedError


class TestSqlite(OnDatabase):
    alias = "default"


@pytest.mark.server
class TestPostgres(OnDatabase):
    alias = "postgres"

    @pytest.mark.xfail(strict=True, reason="PostgreSQL has no character NUL in its JSON, so it is refused")
    def test_plain_values_reach_the_worker_as_they_are(self) -> None:
        raise NotImplementedError


@pytest.mark.server
class TestMariadb(OnDatabase):
    alias = "mariadb"

    @pytest.fixture(autouse=True)
    def _json(self, request: pytest.FixtureRequest) -> None:
        if request.node.name == "test_plain_values_reach_the_worker_as_they_are" and databases.is_mysql(self.alias):
            reason = "MySQL has an order of its own for the keys of an object"
            request.applymarker(pytest.mark.xfail(strict=True, reason=reason))
