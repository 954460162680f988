"""The conformance suite with real consumers."""

import uuid
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import huey
import pytest
from airlock_conformance import Capability, WorkerSuite, tasks
from airlock_conformance.servers import require_server
from huey_suites.consumers import consumer_process, consumer_threads
from huey_suites.queues import REDIS_URL, sqlite_huey, task_of

from airlock.integrations.executors.huey import huey_executor


class WorkerHooks:
    capabilities = frozenset({Capability.DELAY})

    @pytest.fixture
    def executor(self):
        return huey_executor

    def make_task(self, function):
        return task_of(type(self).huey, function)

    def delay(self, seconds):
        return {"delay": seconds}

    def use(self, queue):
        type(self).huey = queue
        for function in tasks.FUNCTIONS:
            self.make_task(function)


class TestMemoryThreads(WorkerHooks, WorkerSuite):
    @contextmanager
    def worker(self):
        self.use(huey.MemoryHuey("airlock", immediate=False))
        with consumer_threads(type(self).huey):
            yield


class TestSqliteThreads(WorkerHooks, WorkerSuite):
    @contextmanager
    def worker(self):
        with TemporaryDirectory() as folder:
            self.use(sqlite_huey(Path(folder, "huey.db"), timeout=5))
            with consumer_threads(type(self).huey):
                yield
            type(self).huey.storage.close()


class TestSqliteProcess(WorkerHooks, WorkerSuite):
    @contextmanager
    def worker(self):
        with TemporaryDirectory() as folder:
            path = Path(folder, "huey.db")
            self.use(sqlite_huey(path, timeout=5))
            with consumer_process(AIRLOCK_HUEY_SQLITE=str(path)):
                yield
            type(self).huey.storage.close()


@pytest.mark.server
class TestRedisProcess(WorkerHooks, WorkerSuite):
    @contextmanager
    def worker(self):
        require_server(REDIS_URL)
        name = f"airlock{uuid.uuid4().hex}"
        self.use(huey.PriorityRedisHuey(name, url=REDIS_URL))
        try:
            with consumer_process(AIRLOCK_HUEY_REDIS=name):
                yield
        finally:
            type(self).huey.flush()
            type(self).huey.storage.pool.disconnect()
