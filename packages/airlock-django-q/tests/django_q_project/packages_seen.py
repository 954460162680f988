"""What was put on a queue, read without the executor."""

import sqlite3
from collections.abc import Iterable
from typing import Any

import psycopg
import redis
from django.conf import settings
from django_q.signing import SignedPackage

from django_q_project.settings import FOLDER, REDIS

QUEUE = "django_q:airlock:q"


def look(payload: Any) -> dict[str, Any]:
    """Return the package in a payload, its signature verified."""
    package: dict[str, Any] = SignedPackage.loads(payload)
    return package


def on_sqlite(key: str = "airlock") -> list[dict[str, Any]]:
    """Return what the table of the ORM broker holds, oldest first."""
    with sqlite3.connect(settings.DATABASES["default"]["NAME"]) as connection:
        rows = connection.execute("SELECT payload FROM django_q_ormq WHERE key = ? ORDER BY id", [key]).fetchall()
    connection.close()
    return [look(payload) for (payload,) in rows]


def postgres() -> Any:
    """Return a connection to the database of the tests that passes by Django."""
    from django_q_project.settings import DATABASES

    options = DATABASES["postgres"]
    return psycopg.connect(
        host=options["HOST"], port=options["PORT"], user=options["USER"], dbname=options["NAME"], autocommit=True
    )


def on_postgres() -> list[dict[str, Any]]:
    """Return the same from PostgreSQL."""
    with postgres() as connection:
        rows: Iterable[Any] = connection.execute("SELECT payload FROM django_q_ormq ORDER BY id").fetchall()
    return [look(payload) for (payload,) in rows]


def redis_client() -> Any:
    """Return a client that the executor does not have."""
    return redis.Redis(**REDIS)


def on_redis(key: str = QUEUE) -> list[dict[str, Any]]:
    """Return what a list of the Redis broker holds, oldest first."""
    with redis_client() as client:
        return [look(payload) for payload in client.lrange(key, 0, -1)]


def written() -> list[str]:
    """Return the lines that the task `write` has left, and forget them."""
    file = FOLDER / "written"
    lines = file.read_text().splitlines() if file.exists() else []
    file.unlink(missing_ok=True)
    return lines
