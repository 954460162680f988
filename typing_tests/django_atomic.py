"""Blocks that are a scope and a transaction: what they decorate keeps its type.

Every line that ends in `type: ignore` must be refused.
"""

from collections.abc import Callable
from typing import assert_type
from uuid import uuid4

from airlock.integrations.django import DjangoScope, atomic
from airlock.integrations.django.outbox import Stats, stats
from airlock.integrations.django.outbox.inbox import once


@atomic
def pay(order: int, *, twice: bool = False) -> str:
    return str(order)


@atomic(using="other", durable=True)
def ship(order: int) -> str:
    return str(order)


def use() -> None:
    assert_type(pay(7, twice=True), str)
    assert_type(ship(7), str)
    pay("seven")  # type: ignore
    ship()  # type: ignore
    atomic(using=7)  # type: ignore
    atomic(policy="none")  # type: ignore
    with atomic(savepoint=False) as scope:
        assert_type(scope, DjangoScope)


def consume() -> None:
    assert_type(once(uuid4(), using="other"), bool)
    once(7)  # type: ignore
    found: Callable[[], Stats] = stats
    assert_type(found().relay_seen_seconds, float | None)
