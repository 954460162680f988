"""Brokers, and how to look into each of them without Celery."""

import base64
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import amqp
import pytest
import redis
from airlock_conformance import Queued
from airlock_conformance.proxy import CuttingProxy
from airlock_conformance.servers import require_server
from kombu import pools, serialization
from kombu.transport import filesystem, memory

from celery_support.apps import RABBITMQ_URL, REDIS_URL, make_app

QUEUE = f"airlock-celery-{os.getpid()}"


class Broker:
    """A broker with an app that sends to it."""

    def __init__(self, url: str, **options: Any) -> None:
        self.url = url
        self.app = make_app(url, QUEUE, **options)

    def messages(self) -> list[dict[str, Any]]:
        """Return headers, body, content type and encoding of each message, oldest first."""
        raise NotImplementedError

    def empty(self) -> None:
        """Forget all messages."""
        raise NotImplementedError

    def close(self) -> None:
        """Leave nothing behind."""
        self.empty()
        pools.reset()

    def queued(self) -> list[Queued]:
        """Return the messages as a worker would read them."""
        return [_decoded(message) for message in self.messages()]


class Memory(Broker):
    """A queue in this process."""

    def __init__(self) -> None:
        super().__init__("memory://")

    def messages(self) -> list[dict[str, Any]]:
        queue = memory.Channel.queues.get(QUEUE)
        return [] if queue is None else [_of_kombu(message) for message in queue.queue]

    def empty(self) -> None:
        if QUEUE in memory.Channel.queues:
            memory.Channel.queues[QUEUE].queue.clear()


class Filesystem(Broker):
    """A queue in a folder, of which a worker takes the first file by name."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        # The names of the files begin with the millisecond, and go on at random.
        numbers = count()
        monkeypatch.setattr(filesystem, "monotonic", lambda: 0.0)
        monkeypatch.setattr(filesystem, "uuid", SimpleNamespace(uuid4=lambda: f"{next(numbers):09}"))
        super().__init__("filesystem://", **folder_options(folder))

    def messages(self) -> list[dict[str, Any]]:
        return [_of_kombu(json.loads(file.read_bytes())) for file in sorted(self.folder.glob("*.msg"))]

    def empty(self) -> None:
        for file in self.folder.glob("*.msg"):
            file.unlink()


class Proxied(Broker):
    """A server behind a proxy."""

    message_size = 1000

    def __init__(self, url: str, **options: Any) -> None:
        require_server(url)
        parts = urlsplit(url)
        self.proxy = CuttingProxy(parts.hostname or "127.0.0.1", parts.port or 0)
        self.proxy.restore()
        credentials = f"{parts.username}:{parts.password}@" if parts.username else ""
        super().__init__(
            f"{parts.scheme}://{credentials}{self.proxy.host}:{self.proxy.url_port}{parts.path}", **options
        )

    def close(self) -> None:
        super().close()
        self.proxy.close()

    @contextmanager
    def unavailable(self) -> Iterator[None]:
        """Cut all connections and refuse new ones."""
        self.proxy.cut_now()
        try:
            yield
        finally:
            self.proxy.restore()

    @contextmanager
    def cut_after(self, number: int) -> Iterator[None]:
        """Cut all connections once about that many messages have gone through."""
        self.proxy.cut_after_bytes(number * self.message_size)
        try:
            yield
        finally:
            self.proxy.restore()


class Redis(Proxied):
    """A list in Redis for each priority."""

    def __init__(self, **options: Any) -> None:
        super().__init__(REDIS_URL, **options)
        self.client = redis.Redis.from_url(REDIS_URL)

    def messages(self) -> list[dict[str, Any]]:
        found: Any = self.client.lrange(QUEUE, 0, -1)
        return [_of_kombu(json.loads(message)) for message in reversed(found)]

    def empty(self) -> None:
        self.client.delete(QUEUE)

    def close(self) -> None:
        super().close()
        for key in self.client.scan_iter(f"_kombu.binding*{QUEUE}*"):
            self.client.delete(key)
        self.client.close()


class RabbitMQ(Proxied):
    """A queue in RabbitMQ."""

    def __init__(self, **options: Any) -> None:
        super().__init__(RABBITMQ_URL, **options)
        parts = urlsplit(RABBITMQ_URL)
        self.connection = amqp.Connection(
            f"{parts.hostname}:{parts.port}", userid=parts.username, password=parts.password, virtual_host="/"
        )
        self.connection.connect()

    def messages(self) -> list[dict[str, Any]]:
        # What has been taken goes back when the channel is closed.
        with self.connection.channel() as channel:
            _declare(channel)
            found = list(iter(lambda: channel.basic_get(QUEUE), None))
            return [
                {
                    "headers": message.headers,
                    "body": message.body,
                    "content_type": message.content_type,
                    "content_encoding": message.content_encoding,
                    "properties": message.properties,
                }
                for message in found
            ]

    def empty(self) -> None:
        with self.connection.channel() as channel:
            _declare(channel)
            channel.queue_purge(QUEUE)

    def close(self) -> None:
        with self.connection.channel() as channel:
            channel.queue_delete(QUEUE)
        self.connection.close()
        pools.reset()
        self.proxy.close()


def folder_options(folder: Path) -> dict[str, Any]:
    """Return the transport options for a queue in a folder."""
    control = folder.with_name(f"{folder.name}-control")
    control.mkdir(exist_ok=True)
    names = {"data_folder_in": folder, "data_folder_out": folder, "control_folder": control}
    return {name: str(path) for name, path in names.items()}


def _declare(channel: Any) -> None:
    channel.queue_declare(QUEUE, durable=True, auto_delete=False)


def _of_kombu(message: dict[str, Any]) -> dict[str, Any]:
    body, properties = message["body"], message["properties"]
    if properties["body_encoding"] == "base64":
        body = base64.b64decode(body)
    return {
        "headers": message["headers"],
        "body": body,
        "content_type": message["content-type"],
        "content_encoding": message["content-encoding"],
        "properties": properties,
    }


def _decoded(message: dict[str, Any]) -> Queued:
    headers = message["headers"]
    args, kwargs, _ = serialization.loads(
        message["body"], message["content_type"], message["content_encoding"], accept={"json", "application/json"}
    )
    options = {"time_limit": headers["timelimit"][0]}
    return Queued(headers["task"], tuple(args), kwargs, headers["id"], options, headers.get("airlock_context", {}))
