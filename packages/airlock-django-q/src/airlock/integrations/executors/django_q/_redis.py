"""Pushing packages onto the lists that the Redis broker reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.conf import settings
from redis.exceptions import ResponseError

from airlock.integrations.executors import mark_uncertain

if TYPE_CHECKING:
    from airlock.integrations.executors.django_q._brokers import Batch

_COMMANDS = 10_000
_CHARACTERS = 64_000_000
_SECONDS = 5


def push(brokers: dict[str | None, Any], batch: Batch) -> Iterator[str]:
    """Push packages in one transaction, or in few where they are long, over one connection."""
    # One server serves all queues, so any client will do. It is made for this flush, unless `django-redis` lends one.
    client: Any = next(iter(brokers.values())).connection
    lent = bool(settings.Q_CLUSTER.get("django_redis"))
    try:
        if not lent:
            _set_timeouts(client)
        client.ping()
        if not lent:
            _forbid_retries(client)
        longest = max(len(package.payload) for _, package in batch)
        size = max(1, min(_COMMANDS, _CHARACTERS // longest))
        for start in range(0, len(batch), size):
            yield from _push(client, brokers, batch[start : start + size])
    finally:
        if not lent:
            client.connection_pool.disconnect()


def _push(client: Any, brokers: dict[str | None, Any], unit: Batch) -> Iterator[str]:
    pipeline = client.pipeline(transaction=True)
    for _, package in unit:
        pipeline.rpush(brokers[package.cluster].list_key, package.payload)
    try:
        replies = pipeline.execute(raise_on_error=False)
    except ResponseError:
        # The server has refused the transaction as a whole.
        raise
    except BaseException as error:
        mark_uncertain(error, [intent for intent, _ in unit])
        raise
    for place, ((_, package), reply) in enumerate(zip(unit, replies, strict=True)):
        if isinstance(reply, Exception):
            later = zip(unit[place:], replies[place:], strict=True)
            mark_uncertain(reply, [intent for (intent, _), answer in later if not isinstance(answer, Exception)])
            raise reply
        yield package.id


def _set_timeouts(client: Any) -> None:
    """Let a server that never answers be an error: before its release 8, redis-py waits for ever."""
    options = client.get_connection_kwargs()
    timeouts = ["socket_timeout"] if "path" in options else ["socket_timeout", "socket_connect_timeout"]
    options.update({timeout: _SECONDS for timeout in timeouts if options.get(timeout) is None})


def _forbid_retries(client: Any) -> None:
    """Let a connection that is lost be an error: redis-py would send everything again, and it would be there twice."""
    if hasattr(client, "set_retry"):
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        client.set_retry(Retry(NoBackoff(), 0))
