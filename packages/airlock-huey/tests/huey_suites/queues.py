"""Hueys, and what lies in their storages, read without Huey."""

import os
import pickle
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import huey
import redis
from airlock_conformance import Queued

REDIS_URL = os.environ.get("AIRLOCK_TEST_REDIS_URL", "redis://127.0.0.1:6390/0").rpartition("/")[0] + "/3"
POSTGRES_URL = os.environ.get("AIRLOCK_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5442/postgres")

OPTIONS = ("eta", "expires", "priority", "retries", "retry_backoff", "retry_delay", "timeout")


def task_of(queue: Any, function: Any, **settings: Any) -> Any:
    """Return a function as the task of a Huey, the same each time."""
    made = vars(queue).setdefault("made_for_tests", {})
    if function not in made:
        made[function] = queue.task(**settings)(function)
    return made[function]


def decoded(data: bytes) -> Queued:
    """Return what a message says, unpickled the plain way."""
    message = pickle.loads(data)
    shown = {name: getattr(message, name, None) for name in OPTIONS}
    options = {name: value for name, value in shown.items() if value is not None}
    return Queued(message.name, message.args, message.kwargs, message.id, options)


def in_sqlite(path: Path) -> list[Queued]:
    """Return what is in the queue of a database of SQLite."""
    with closing(sqlite3.connect(path)) as connection:
        return [decoded(data) for (data,) in connection.execute("SELECT data FROM task ORDER BY priority DESC, id")]


def in_files(path: Path) -> list[Queued]:
    """Return what is in the queue of a folder."""
    return [decoded(file.read_bytes()) for file in sorted((path / "queue").glob("*"))]


def in_redis(queue: Any) -> list[Queued]:
    """Return what is in the queue of a Redis, a list or a sorted set."""
    with redis.Redis.from_url(REDIS_URL) as client:
        if queue.storage.priority:
            return [decoded(data[8:]) for data in client.zrange(queue.storage.queue_key, 0, -1)]
        return [decoded(data) for data in reversed(client.lrange(queue.storage.queue_key, 0, -1))]


def forget_redis(queue: Any) -> None:
    """Empty the queue of a Redis."""
    with redis.Redis.from_url(REDIS_URL) as client:
        client.delete(queue.storage.queue_key, queue.storage.schedule_key)


def in_memory(queue: Any) -> list[Queued]:
    """Return what is in the queue of a Huey in memory, which only itself can tell."""
    return [decoded(data) for _, _, data in sorted(queue.storage._queue)]


def sqlite_huey(path: Path, **settings: Any) -> Any:
    """Return a Huey on SQLite that does not wait long for a lock."""
    return huey.SqliteHuey("airlock", filename=str(path), **{"timeout": 0.3, **settings})
