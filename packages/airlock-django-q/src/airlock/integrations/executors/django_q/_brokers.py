"""Putting packages on the queue, all at once where the broker can: `async_task` opens a connection for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import import_module
from itertools import groupby
from typing import Any, TypeAlias

from asgiref.sync import sync_to_async
from django.core.exceptions import SynchronousOnlyOperation

from airlock.integrations.executors import Prepared, mark_uncertain, send_elsewhere
from airlock.integrations.executors.django_q._package import Package

# Not imported by name, since its type is wrong.
_get_broker: Any = import_module("django_q.brokers").get_broker

Batch: TypeAlias = Sequence[Prepared[Package]]


def send(batch: Batch) -> Iterator[Any]:
    """Send packages in order and yield the id of each that is on the queue, or what to await for it."""
    for inline, run in groupby(batch, key=lambda prepared: prepared.message.run is not None):
        part = [*run]
        yield from _perform(part) if inline else _enqueue(part)


def _perform(batch: Batch) -> Iterator[str]:
    for _, package in batch:
        if package.run is not None:
            package.run()
        yield package.id


def _enqueue(batch: Batch) -> Iterator[Any]:
    try:
        brokers = {cluster: _get_broker(cluster) for cluster in dict.fromkeys(package.cluster for _, package in batch)}
    except SynchronousOnlyOperation:
        return send_elsewhere(batch, _enqueue, lambda function: sync_to_async(function)())
    ways = {_way(broker) for broker in brokers.values()}
    way = ways.pop() if len(ways) == 1 else _one_by_one
    return way(brokers, batch)


def _way(broker: Any) -> Any:
    """Return how to send with a broker, told by who wrote the method that would be called for one package."""
    module = broker.enqueue.__module__
    if module == "django_q.brokers.orm":
        from airlock.integrations.executors.django_q._orm import insert

        return insert
    if module == "django_q.brokers.redis_broker":
        from airlock.integrations.executors.django_q._redis import push

        return push
    return _one_by_one


def _one_by_one(brokers: dict[str | None, Any], batch: Batch) -> Iterator[str]:
    for intent, package in batch:
        try:
            brokers[package.cluster].enqueue(package.payload)
        except BaseException as error:
            mark_uncertain(error, [intent])
            raise
        yield package.id
