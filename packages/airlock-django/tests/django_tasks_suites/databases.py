"""The databases that hold the queue: which one it is, what is in it, and how it is taken away."""

import json
import logging
import signal
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import UUID

import psycopg
import pymysql
import pytest
from airlock_conformance import Queued
from airlock_conformance.proxy import CuttingProxy
from airlock_conformance.workers import worker_process
from django.core.management import call_command
from django.db import connections, router
from django.db.backends.signals import connection_created
from django_project.settings import DATABASES

from django_tasks_suites.tasks import FRAMEWORK

TABLE = "django_tasks_database_dbtaskresult"
MESSAGE = 300
"""About how many bytes the row of a small task has."""


class Router:
    """Keeps everything in one database."""

    def __init__(self, alias: str) -> None:
        self.alias = alias

    def db_for_read(self, model: object, **_: object) -> str:
        return self.alias

    db_for_write = db_for_read


def require(alias: str) -> None:
    """Skip the test where a database is not there."""
    if alias not in DATABASES:
        pytest.skip(f"no {alias} answers; `make services` starts it")


def is_mysql(alias: str) -> bool:
    """Return whether a database is MySQL itself: Django has one engine for it and for MariaDB."""
    require(alias)
    connection: Any = connections[alias]
    return not connection.mysql_is_mariadb


def use(monkeypatch: pytest.MonkeyPatch, alias: str) -> None:
    """Let the queue be in a database."""
    require(alias)
    monkeypatch.setattr(router, "routers", [Router(alias)])


def connect(alias: str) -> Any:
    """Return a connection that passes by Django."""
    options = connections[alias].settings_dict
    if alias == "default":
        return sqlite3.connect(options["NAME"], timeout=20, isolation_level=None)
    server = {"host": DATABASES[alias]["HOST"], "port": DATABASES[alias]["PORT"], "user": options["USER"]}
    if alias == "postgres":
        return psycopg.connect(**server, password=options["PASSWORD"], dbname=options["NAME"], autocommit=True)
    return pymysql.connect(**server, password=options["PASSWORD"], database=options["NAME"], autocommit=True)


def execute(alias: str, statement: str) -> list[tuple[Any, ...]]:
    """Run a statement by another road than Django, and return what it finds."""
    with closing(connect(alias)) as connection, closing(connection.cursor()) as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall()) if cursor.description else []


def rows(alias: str) -> list[Queued]:
    """Return what is in the queue, oldest first."""
    found = execute(
        alias,
        f"SELECT id, task_path, args_kwargs, priority, queue_name, backend_name FROM {TABLE} ORDER BY enqueued_at",
    )
    return [_queued(*row) for row in found]


def _queued(key: Any, path: str, arguments: Any, priority: int, queue_name: str, backend: str) -> Queued:
    decoded = arguments if isinstance(arguments, dict) else json.loads(arguments)
    options = {"priority": priority, "queue_name": queue_name, "backend": backend}
    return Queued(path, tuple(decoded["args"]), decoded["kwargs"], str(UUID(str(key))), options)


@contextmanager
def proxied(monkeypatch: pytest.MonkeyPatch, alias: str) -> Iterator[CuttingProxy]:
    """Let Django reach a database through a proxy."""
    use(monkeypatch, alias)
    options = connections[alias].settings_dict
    with CuttingProxy(options["HOST"], options["PORT"]) as proxy:
        connections[alias].close()
        monkeypatch.setitem(options, "HOST", proxy.host)
        monkeypatch.setitem(options, "PORT", proxy.url_port)
        yield proxy
        connections[alias].close()


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
def closing_connections() -> Iterator[None]:
    """Close the connections that threads leave open, as Django only does between requests."""
    opened: list[Any] = []

    def note(connection: Any, **_: Any) -> None:
        opened.append(connection)

    connection_created.connect(note)
    yield
    connection_created.disconnect(note)
    for connection in opened:
        connection.inc_thread_sharing()
        connection.close()


def worker(
    alias: str, variables: Mapping[str, str] = MappingProxyType({}), **options: Any
) -> AbstractContextManager[subprocess.Popen[bytes]]:
    """Run `manage.py db_worker` in a process of its own."""
    settings = connections[alias].settings_dict
    kept = ("ENGINE", "NAME", "HOST", "PORT", "USER", "PASSWORD", "OPTIONS")
    environment = {
        "AIRLOCK_TASKS_DATABASE": json.dumps({name: settings[name] for name in kept}),
        "DJANGO_SETTINGS_MODULE": "django_tasks_suites.worker_settings",
        **variables,
    }
    folder = Path(__file__).parent.parent
    command = ["db_worker", "--backend=database", "--interval=0.02", "--no-startup-delay", "--no-reload"]
    return worker_process(
        "-m", "django", *command, folder=folder, environment=environment, stop=signal.SIGINT, patience=30, **options
    )


def work_off() -> None:
    """Let a worker run what is in the queue, in this process, and undo what it does to signals and loggers."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT)}
    loggers = [logging.getLogger(name) for name in (FRAMEWORK, "django_tasks_db")]
    levels = [logger.level for logger in loggers]
    try:
        call_command("db_worker", "--backend=database", "--batch", "--interval=0", "--no-startup-delay", "--no-reload")
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
