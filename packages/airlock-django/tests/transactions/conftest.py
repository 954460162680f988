"""A shop, whose rows say which effects should have gone out."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections
from scope_suites.shop import Shop

from airlock.integrations.django import intents_undispatched


@pytest.fixture
def shop(alias: str) -> Iterator[Shop]:
    """A shop on a database of each kind in turn."""
    if alias not in connections.settings:
        pytest.skip(f"no {alias} answers; `make services` starts it")
    shop = Shop(alias)
    yield shop
    shop.empty()
    assert shop.connection.execute_wrappers == []


@pytest.fixture
def signals() -> Iterator[list[dict[str, Any]]]:
    """What was sent with the signal."""
    received: list[dict[str, Any]] = []

    def receive(**details: Any) -> None:
        received.append(details)

    intents_undispatched.connect(receive)
    yield received
    intents_undispatched.disconnect(receive)
