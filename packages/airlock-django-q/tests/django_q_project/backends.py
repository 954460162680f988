"""The brokers of the tests: which one django-q2 uses, and how it is taken away."""

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from select import select
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import Any

import psycopg
import pytest
from airlock_conformance.proxy import CuttingProxy
from airlock_conformance.servers import require_server
from airlock_conformance.workers import worker_process
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django_q.conf import Conf
from redis.backoff import NoBackoff
from redis.retry import Retry

from django_q_project.settings import DATABASES, POSTGRES_URL, REDIS, REDIS_URL

MESSAGE = 300
"""About how many bytes the package of a small task has."""


def use_orm(monkeypatch: pytest.MonkeyPatch, alias: str = "default") -> None:
    """Use the ORM broker."""
    monkeypatch.setattr(Conf, "ORM", alias)


def use_redis(monkeypatch: pytest.MonkeyPatch, **options: Any) -> None:
    """Use the Redis broker."""
    monkeypatch.setattr(Conf, "ORM", None)
    monkeypatch.setattr(Conf, "REDIS", REDIS | options)


class ForgetfulProxy(ThreadingTCPServer):
    """A proxy for Redis that loses the answer to the first transaction, with its connection, and nothing else."""

    daemon_threads = True
    lost = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _ForgetfulHandler)


class _ForgetfulHandler(BaseRequestHandler):
    server: ForgetfulProxy

    def handle(self) -> None:
        executed = False
        with socket.create_connection((REDIS["host"], REDIS["port"])) as redis:
            while True:
                for source in select([self.request, redis], [], [])[0]:
                    data = source.recv(65536)
                    if not data:
                        return
                    if source is redis and executed and not self.server.lost:
                        self.server.lost = True
                        return
                    executed = executed or b"$4\r\nEXEC\r\n" in data
                    (redis if source is self.request else self.request).sendall(data)


@contextmanager
def redis_without_answer(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Use the Redis broker, with redis-py's own retries, through a proxy that loses an answer."""
    require_server(REDIS_URL)
    with ForgetfulProxy() as proxy:
        thread = Thread(target=proxy.serve_forever, daemon=True)
        thread.start()
        use_redis(monkeypatch, host=proxy.server_address[0], port=proxy.server_address[1])
        yield
        assert proxy.lost
        proxy.shutdown()
        thread.join()


@contextmanager
def redis_proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[CuttingProxy]:
    """Use the Redis broker through a proxy, and fail at the first attempt."""
    require_server(REDIS_URL)
    with CuttingProxy(REDIS["host"], REDIS["port"]) as proxy:
        use_redis(monkeypatch, host=proxy.host, port=proxy.url_port, retry=Retry(NoBackoff(), 0))
        yield proxy


@contextmanager
def postgres_proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[CuttingProxy]:
    """Use the ORM broker on PostgreSQL through a proxy."""
    prepare_postgres()
    options = settings.DATABASES["postgres"]
    with CuttingProxy(options["HOST"], options["PORT"]) as proxy:
        connections["postgres"].close()
        monkeypatch.setitem(connections["postgres"].settings_dict, "HOST", proxy.host)
        monkeypatch.setitem(connections["postgres"].settings_dict, "PORT", proxy.url_port)
        use_orm(monkeypatch, "postgres")
        yield proxy
        connections["postgres"].close()


def prepare_postgres() -> None:
    """Make the database and its tables, unless they are there."""
    require_server(POSTGRES_URL)
    options = DATABASES["postgres"]
    with psycopg.connect(POSTGRES_URL, autocommit=True) as connection:
        names = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [options["NAME"]]).fetchall()
        if not names:
            connection.execute(f'CREATE DATABASE "{options["NAME"]}"')
    call_command("migrate", database="postgres", run_syncdb=True, verbosity=0)
    connections["postgres"].close()


@contextmanager
def down(proxy: CuttingProxy) -> Iterator[None]:
    """Take a server away."""
    proxy.cut_now()
    try:
        yield
    finally:
        proxy.restore()


@contextmanager
def cut_after(proxy: CuttingProxy, count: int) -> Iterator[None]:
    """Take a server away in the middle of what is sent."""
    proxy.cut_after_bytes(count * MESSAGE)
    try:
        yield
    finally:
        proxy.restore()


@contextmanager
def cluster(broker: str) -> Iterator[None]:
    """Run the cluster of django-q2 in processes of its own."""
    environment = {"AIRLOCK_DJANGO_Q_BROKER": broker, "DJANGO_SETTINGS_MODULE": "django_q_project.settings"}
    folder = Path(__file__).parent.parent
    command = ["-m", "django", "qcluster"]
    with worker_process(*command, folder=folder, environment=environment, stop=signal.SIGINT, patience=30):
        yield
