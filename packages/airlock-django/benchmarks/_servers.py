"""The databases that benchmarks of the outbox run on."""

import os
import socket
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

NOT_RUN = 77
URLS = {
    "sqlite": ("sqlite3", "", ""),
    "postgres": ("postgresql", "AIRLOCK_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5442/postgres"),
    "mariadb": ("mysql", "AIRLOCK_TEST_MARIADB_URL", "mysql://root@127.0.0.1:3316/mysql"),
}
DATABASES = tuple(URLS)


def server_of(kind: str) -> SplitResult | None:
    """Return where a server is, `None` if it does not answer; SQLite needs none."""
    _, variable, default = URLS[kind]
    url = urlsplit(os.environ.get(variable) or default)
    if url.hostname is None:
        return url
    try:
        socket.create_connection((url.hostname, url.port or 0), timeout=2).close()
    except OSError:
        return None
    return url


def settings_of(kind: str, name: str, folder: Path) -> dict[str, Any]:
    """Return Django's settings of a database that answers, for a test database of this name."""
    url = server_of(kind)
    if url is None:
        raise ConnectionError(f"{kind} does not answer")
    if kind == "mariadb":
        install_mysql()
    if kind == "sqlite":
        file = str(folder / f"{name}.sqlite3")
        options = {"timeout": 20, "transaction_mode": "IMMEDIATE"}
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": file, "OPTIONS": options, "TEST": {"NAME": file}}
    return {
        "ENGINE": f"django.db.backends.{URLS[kind][0]}",
        "HOST": url.hostname,
        "PORT": url.port,
        "USER": url.username,
        "PASSWORD": url.password or "",
        "NAME": url.path.lstrip("/"),
        "TEST": {"NAME": name},
    }


def install_mysql() -> None:
    """Have Django use the driver that is there."""
    import pymysql

    # Django asks mysqlclient for its version, and only for that.
    pymysql.version_info = (2, 2, 7, "final", 0)
    pymysql.install_as_MySQLdb()
