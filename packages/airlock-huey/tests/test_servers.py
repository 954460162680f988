"""The conformance suite on Redis and PostgreSQL."""

from contextlib import contextmanager
from urllib.parse import urlsplit

import huey
import psycopg
import pytest
from airlock_conformance import Capability, ExecutorSuite
from airlock_conformance.proxy import CuttingProxy
from airlock_conformance.servers import require_server
from huey_suites.hooks import COMMON, HueyHooks
from huey_suites.queues import POSTGRES_URL, REDIS_URL, decoded, forget_redis, in_redis

from airlock.integrations.executors.huey import huey_executor

pytestmark = pytest.mark.server

SERVER = COMMON | {
    Capability.ATOMIC_BULK,
    Capability.FORK,
    Capability.GEVENT,
    Capability.PARTIAL_FAILURE,
    Capability.UNAVAILABLE,
}
MESSAGE = 250
"""About how many bytes the suite's messages have on the wire."""


class ProxyHooks(HueyHooks):
    @contextmanager
    def unavailable(self):
        self.proxy.cut_now()
        yield
        self.proxy.restore()

    @contextmanager
    def cut_after(self, count):
        self.proxy.cut_after_bytes(count * MESSAGE)
        yield
        self.proxy.restore()


class RedisHooks(ProxyHooks):
    capabilities = SERVER

    @pytest.fixture
    def executor(self):
        address = urlsplit(require_server(REDIS_URL))
        with CuttingProxy(address.hostname, address.port) as self.proxy:
            self.huey = self.huey_class("airlocksuite", host=self.proxy.host, port=self.proxy.url_port, db=3)
            yield huey_executor
            self.huey.storage.pool.disconnect()

    def queued(self):
        return in_redis(self.huey)

    def empty(self):
        forget_redis(self.huey)


class TestRedis(RedisHooks, ExecutorSuite):
    huey_class = huey.RedisHuey


class TestPriorityRedis(RedisHooks, ExecutorSuite):
    huey_class = huey.PriorityRedisHuey
    option = ("priority", 5)


if hasattr(huey, "PostgresHuey"):

    class TestPostgres(ProxyHooks, ExecutorSuite):
        # Like that to SQLite, Huey's connection does not survive a fork.
        capabilities = SERVER - {Capability.FORK}

        @pytest.fixture
        def executor(self):
            address = urlsplit(require_server(POSTGRES_URL))
            create_database(POSTGRES_URL)
            with CuttingProxy(address.hostname, address.port) as self.proxy:
                self.huey = huey.PostgresHuey(
                    "airlock",
                    host=self.proxy.host,
                    port=self.proxy.url_port,
                    user=address.username,
                    password=address.password,
                    dbname="airlock_huey",
                    connect_timeout=3,
                )
                yield huey_executor
                self.huey.storage.close()

        def execute(self, query):
            address = urlsplit(POSTGRES_URL)._replace(path="/airlock_huey").geturl()
            with psycopg.connect(address, autocommit=True) as connection:
                return connection.execute(query)

        def queued(self):
            rows = self.execute("SELECT data FROM huey_task ORDER BY priority DESC, id").fetchall()
            return [decoded(data) for (data,) in rows]

        def empty(self):
            self.execute("DELETE FROM huey_task")


def create_database(url):
    with psycopg.connect(url, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = 'airlock_huey'").fetchone():
            connection.execute("CREATE DATABASE airlock_huey")
