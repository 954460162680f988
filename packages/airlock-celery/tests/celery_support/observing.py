"""Watching from outside what workers do."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import amqp
import redis
from airlock_conformance.servers import require_server
from airlock_conformance.workers import wait_until
from celery import Celery
from kombu import pools

from celery_support.apps import RABBITMQ_URL, REDIS_URL, make_app
from celery_support.brokers import QUEUE
from celery_support.workers import worker_process

URLS = {"redis": REDIS_URL, "rabbitmq": RABBITMQ_URL}
_numbers = count()


class Watched:
    """A queue with the workers of `scoped_app`, and what these write down in Redis."""

    def __init__(self, broker: str, name: str, mode: str, folder: Path, **options: Any) -> None:
        self.broker, self.mode = broker, mode
        self.queue = f"{QUEUE}-{broker}-{name}-{next(_numbers)}"
        self.log = folder / f"{self.queue}.log"
        self.redis = redis.Redis.from_url(require_server(REDIS_URL), decode_responses=True)
        if broker == "redis":
            # Kombu keeps what is not acknowledged under one name for all queues.
            options = {"global_keyprefix": f"{self.queue}:", **options}
        else:
            require_server(RABBITMQ_URL)
            options = {"confirm_publish": True, **options}
        self.settings = {"url": URLS[broker], "queue": self.queue, "mode": mode, "options": options}
        self.app: Celery = make_app(URLS[broker], self.queue, **options)
        self.app.conf.task_ignore_result = False

    def worker(self, *arguments: str, module: str = "celery_support.units", pool: str = "prefork", **more: Any) -> Any:
        """Run a worker process."""
        return worker_process(module, self.queue, self.settings, *arguments, pool=pool, log=self.log, **more)

    def run_of(self, name: str) -> str:
        """Return the key under which a run writes down what happens."""
        return f"{self.queue}:run:{name}"

    def send(self, task: str, name: str, *args: Any, module: str = "celery_support.units", **options: Any) -> Any:
        """Send a task by name, to write down what happens under another name."""
        return self.app.send_task(f"{module}.{task}", (self.run_of(name), *args), **options)

    def events(self, name: str) -> list[str]:
        """Return what has happened, oldest first."""
        found: Any = self.redis.lrange(self.run_of(name), 0, -1)
        return found

    def wait_for(self, name: str, count: int) -> list[str]:
        """Wait until a number of things have happened."""
        wait_until(lambda: len(self.events(name)) >= count)
        return self.events(name)

    def result(self, task_id: str) -> dict[str, Any]:
        """Wait until a task has ended, and return what the backend knows of it; Celery's client is not asked."""

        def find() -> dict[str, Any]:
            stored: Any = self.redis.get(f"celery-task-meta-{task_id}")
            meta: dict[str, Any] = json.loads(stored or "{}")
            return meta if meta.get("status") in ("SUCCESS", "FAILURE", "REVOKED") else {}

        found: dict[str, Any] = wait_until(find)
        return found

    def state(self, task_id: str) -> str | None:
        """Wait until a task has ended, and return how."""
        return self.result(task_id).get("status")

    def go(self, name: str) -> None:
        """Let a task that waits go on."""
        self.redis.rpush(f"{self.run_of(name)}:go", "go")

    def depth(self) -> int:
        """Return how many messages wait."""
        if self.broker == "redis":
            length: Any = self.redis.llen(f"{self.queue}:{self.queue}")
            return int(length)
        with amqp.Connection(_host(RABBITMQ_URL), **_login(RABBITMQ_URL)) as connection:
            return int(connection.channel().queue_declare(self.queue, passive=True).message_count)

    def close(self) -> None:
        """Leave nothing behind."""
        for pattern in (f"{self.queue}:*", f"celery-task-meta-{self.queue}:*"):
            for key in self.redis.scan_iter(pattern):
                self.redis.delete(key)
        self.redis.close()
        if self.broker == "rabbitmq":
            with self.app.connection_for_write() as connection:
                connection.default_channel.queue_delete(self.queue)
                connection.default_channel.exchange_delete(self.queue)
        pools.reset()


@contextmanager
def watched(*args: Any, **options: Any) -> Iterator[Watched]:
    """Make a queue and leave nothing behind."""
    made = Watched(*args, **options)
    try:
        yield made
    finally:
        made.close()


def _host(url: str) -> str:
    return url.rpartition("@")[2].strip("/")


def _login(url: str) -> dict[str, str]:
    user, _, password = url.partition("//")[2].rpartition("@")[0].partition(":")
    return {"userid": user, "password": password, "virtual_host": "/"}
