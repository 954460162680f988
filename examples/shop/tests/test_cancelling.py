"""The async view, in a WSGI site and in an ASGI site."""

from collections.abc import Callable

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient, Client
from shop.models import Order

import airlock

Queue = Callable[[], list[str]]
Post = Callable[[str], int]


def over_wsgi(path: str) -> int:
    return Client().post(path).status_code


@async_to_sync
async def over_asgi(path: str) -> int:
    response = await AsyncClient().post(path)
    return response.status_code


@pytest.fixture
def order(shop: None) -> Order:
    with airlock.scope(airlock.DropAll()):
        return Order.objects.create(email="ida@example.com")


@pytest.mark.parametrize("post", [over_wsgi, over_asgi])
def test_the_customer_is_told_that_an_order_is_cancelled(queue: Queue, order: Order, post: Post) -> None:
    assert post(f"/orders/{order.pk}/cancel/") == 302
    order.refresh_from_db()
    assert order.status == Order.Status.CANCELLED
    assert queue() == [f"send_update({order.pk})"]


@pytest.mark.parametrize("post", [over_wsgi, over_asgi])
def test_an_order_that_does_not_exist_sends_nothing(queue: Queue, post: Post) -> None:
    assert post("/orders/7/cancel/") == 404
    assert queue() == []
