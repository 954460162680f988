"""The conformance suite on every storage that needs no server."""

import sqlite3
from contextlib import closing, contextmanager

import huey
import pytest
from airlock_conformance import Capability, ExecutorSuite
from huey_suites.hooks import COMMON, HueyHooks
from huey_suites.queues import in_files, in_memory, in_sqlite, sqlite_huey

from airlock.integrations.executors.huey import huey_executor


class TestMemory(HueyHooks, ExecutorSuite):
    capabilities = COMMON

    @pytest.fixture
    def executor(self):
        self.huey = huey.MemoryHuey("airlock", immediate=False)
        return huey_executor

    def queued(self):
        return in_memory(self.huey)

    def empty(self):
        self.huey.flush()


class TestSqlite(HueyHooks, ExecutorSuite):
    # Huey keeps its connection to SQLite open across a fork, which SQLite does not allow.
    capabilities = COMMON | {Capability.ATOMIC_BULK, Capability.GEVENT, Capability.UNAVAILABLE}

    @pytest.fixture
    def executor(self, tmp_path):
        self.path = tmp_path / "huey.db"
        self.huey = sqlite_huey(self.path)
        yield huey_executor
        self.huey.storage.close()

    def queued(self):
        return in_sqlite(self.path)

    def empty(self):
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            connection.execute("DELETE FROM task")

    @contextmanager
    def unavailable(self):
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            yield


class TestFiles(HueyHooks, ExecutorSuite):
    capabilities = COMMON | {Capability.UNAVAILABLE}

    @pytest.fixture
    def executor(self, tmp_path):
        self.path = tmp_path / "huey"
        # The lock for processes is one that threads of Huey 2 leave locked for ever.
        self.huey = huey.FileHuey("airlock", path=str(self.path), use_thread_lock=True)
        return huey_executor

    def queued(self):
        return in_files(self.path)

    def empty(self):
        self.huey.flush()

    @contextmanager
    def unavailable(self):
        folder, aside = self.path / "queue", self.path / "aside"
        if folder.exists():
            folder.rename(aside)
        self.path.mkdir(exist_ok=True)
        folder.write_text("a file where the folder was")
        yield
        folder.unlink()
        if aside.exists():
            aside.rename(folder)
