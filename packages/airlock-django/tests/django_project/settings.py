"""The settings of the test project: SQLite twice, and each server that answers."""

import os
import socket
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django
import pymysql

# Django asks mysqlclient for its version, and only for that.
pymysql.version_info = (2, 2, 7, "final", 0)
pymysql.install_as_MySQLdb()

FOLDER = Path(os.environ.setdefault("AIRLOCK_DJANGO_FOLDER", tempfile.mkdtemp(prefix="airlock-django-")))


def sqlite(name: str) -> dict[str, Any]:
    """Return a database in a file, which threads can share."""
    file = str(FOLDER / f"{name}.sqlite3")
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": file,
        "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE"},
        "TEST": {"NAME": file},
    }


def server(engine: str, variable: str, default: str) -> dict[str, Any] | None:
    """Return a database of its own for this process, `None` where no server answers."""
    url = urlsplit(os.environ.get(variable) or default)
    try:
        socket.create_connection((url.hostname or "", url.port or 0), timeout=2).close()
    except OSError:
        return None
    return {
        "ENGINE": f"django.db.backends.{engine}",
        "NAME": url.path.lstrip("/"),
        "HOST": url.hostname,
        "PORT": url.port,
        "USER": url.username,
        "PASSWORD": url.password or "",
        "TEST": {"NAME": f"airlock_{os.getpid()}"},
    }


SERVERS = {
    "postgres": server("postgresql", "AIRLOCK_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5442/postgres"),
    "mariadb": server("mysql", "AIRLOCK_TEST_MARIADB_URL", "mysql://root@127.0.0.1:3316/mysql"),
}
DATABASES = {
    "default": sqlite("default"),
    "other": sqlite("other"),
    **{name: database for name, database in SERVERS.items() if database},
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "airlock.integrations.django",
    "airlock.integrations.django.outbox",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django_project",
    "django_tasks_db",
]
# Its many migrations take seconds, making the table takes a moment.
MIGRATION_MODULES = {"django_tasks_database": None}
SECRET_KEY = "a key for tests"
USE_TZ = True

# The backport has what Django itself has since 6.0.
TASK_BACKENDS = "django.tasks.backends" if django.VERSION >= (6, 0) else "django_tasks.backends"
TASKS: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": f"{TASK_BACKENDS}.immediate.ImmediateBackend"},
    "backport": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"},
    "database": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default", "receipts"]},
    "dummy": {"BACKEND": f"{TASK_BACKENDS}.dummy.DummyBackend"},
}
