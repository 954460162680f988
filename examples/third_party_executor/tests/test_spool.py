"""The executor does what every executor must, and a worker runs what it sends."""

import json
from contextlib import contextmanager
from functools import cache

import pytest
from airlock_conformance import Capability, ExecutorSuite, Queued, WorkerSuite
from airlock_conformance.workers import worker_process
from airlock_spool import job, pending, spool_executor


@pytest.fixture(autouse=True, scope="session")
def folder(tmp_path_factory):
    with pytest.MonkeyPatch.context() as environment:
        path = tmp_path_factory.mktemp("spool")
        environment.setenv("SPOOL_FOLDER", str(path))
        yield path


class TestExecutor(ExecutorSuite):
    capabilities = frozenset(
        {
            Capability.BULK,
            Capability.FORK,
            Capability.HANDLES,
            Capability.MESSAGE_ID,
            Capability.OPTIONS,
            Capability.UNAVAILABLE,
        }
    )
    option = ("delay", 3600)
    make_task = staticmethod(cache(job))

    @pytest.fixture
    def executor(self, folder):
        self.folder = folder
        return spool_executor

    def queued(self):
        return [self.read(file) for file in pending()]

    def read(self, file):
        message = json.loads(file.read_text())
        enqueued = int(file.name.partition("-")[0]) / 1e9
        delay = round(message["due"] - enqueued)
        options = {"delay": delay} if delay else {}
        return Queued(message["job"], tuple(message["args"]), message["kwargs"], file.stem[34:], options)

    def empty(self):
        for file in pending():
            file.unlink()

    def unserialisable(self):
        return object()

    def round_trip(self, value):
        return json.loads(json.dumps(value, allow_nan=False))

    @contextmanager
    def unavailable(self):
        away = self.folder.rename(self.folder.with_name("away"))
        yield
        away.rename(self.folder)


class TestWorker(WorkerSuite):
    capabilities = frozenset({Capability.DELAY, Capability.RELAY})
    relay = ("airlock_spool:spool_executor", "airlock_spool:job")
    make_task = staticmethod(cache(job))

    @pytest.fixture
    def executor(self):
        return spool_executor

    def delay(self, seconds):
        return {"delay": seconds}

    @contextmanager
    def worker(self):
        with worker_process("-m", "airlock_spool"):
            yield
