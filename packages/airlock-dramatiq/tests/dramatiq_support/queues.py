"""What lies in the queues of each broker, read without Dramatiq."""

import json
import os
from typing import Any

import pika
import redis
from airlock_conformance import Queued

from dramatiq_support.actors import NAMESPACE, QUEUE, REDIS_URL, rabbitmq_url

_connections: dict[int, pika.BlockingConnection] = {}


def decoded(data: bytes) -> Queued:
    """Return what a message says."""
    message = json.loads(data)
    options = {**message["options"], "queue_name": message["queue_name"]}
    context = options.pop("airlock_context", {})
    args = tuple(message["args"])
    return Queued(message["actor_name"], args, message["kwargs"], message["message_id"], options, context)


def in_stub(broker: Any, queue: str = QUEUE) -> list[Queued]:
    """Return what is in a queue in memory."""
    return [decoded(data) for data in list(broker.queues[queue].queue)] if queue in broker.queues else []


def forget_stub(broker: Any) -> None:
    """Empty every queue in memory."""
    for queue in broker.queues.values():
        queue.queue.clear()


def in_redis(queue: str = QUEUE) -> list[Queued]:
    """Return what is in a queue on Redis: a list of ids, and a hash with the messages."""
    with redis.Redis.from_url(REDIS_URL) as client:
        ids: Any = client.lrange(f"{NAMESPACE}:{queue}", 0, -1)
        if not ids:
            return []
        found: Any = client.hmget(f"{NAMESPACE}:{queue}.msgs", ids)
        return [decoded(data) for data in found]


def forget_redis() -> None:
    """Empty every queue on Redis."""
    with redis.Redis.from_url(REDIS_URL) as client:
        keys: Any = client.keys(f"{NAMESPACE}:*")
        if keys:
            client.delete(*keys)


def rabbitmq_channel() -> Any:
    """Return a channel on a connection of this process's own, which is kept for the next one."""
    connection = _connections.get(os.getpid())
    if connection is None or connection.is_closed:
        connection = _connections[os.getpid()] = pika.BlockingConnection(pika.URLParameters(rabbitmq_url()))
    return connection.channel()


def in_rabbitmq(queue: str = QUEUE) -> list[Queued]:
    """Return what is in a queue on RabbitMQ, and put it back."""
    found: list[Queued] = []
    channel = rabbitmq_channel()
    try:
        method, properties, body = channel.basic_get(queue)
        while method is not None:
            message = decoded(body)
            options = {**message.options, "broker_priority": properties.priority}
            found.append(message._replace(options=options))
            last = method.delivery_tag
            method, properties, body = channel.basic_get(queue)
    except pika.exceptions.ChannelClosedByBroker:
        return []
    if found:
        channel.basic_nack(last, multiple=True, requeue=True)
    channel.close()
    return found


def forget_rabbitmq(*queues: str) -> None:
    """Delete queues on RabbitMQ, with those that go with them."""
    channel = rabbitmq_channel()
    for queue in queues or (QUEUE,):
        for suffix in ("", ".DQ", ".XQ"):
            channel.queue_delete(queue + suffix)
    channel.close()


def empty_rabbitmq(*queues: str) -> None:
    """Empty queues on RabbitMQ, as far as they are there."""
    for queue in queues or (QUEUE, f"{QUEUE}.DQ"):
        channel = rabbitmq_channel()
        try:
            channel.queue_purge(queue)
        except pika.exceptions.ChannelClosedByBroker:
            continue
        channel.close()


def close() -> None:
    """Close the connection of this process."""
    connection = _connections.pop(os.getpid(), None)
    if connection is not None and connection.is_open:
        connection.close()
