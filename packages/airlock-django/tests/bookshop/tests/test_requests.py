"""The one fixture, in each kind of test that pytest-django has."""

import pytest
from books.models import Order
from books.tasks import count_mail, send_receipt, send_update
from django.db import transaction
from django.test import TestCase, TransactionTestCase

import airlock


@pytest.mark.parametrize("committing", [False, True])
class TestClient:
    @pytest.fixture(autouse=True)
    def database(self, committing, request):
        request.getfixturevalue("transactional_db" if committing else "db")

    def test_an_order_has_a_receipt(self, client, airlock_effects):
        pk = int(client.post("/orders/", {"email": "ida@example.com"}).content)
        airlock_effects.assert_enqueued_with(send_receipt, order_id=pk)
        airlock_effects.assert_count(1)

    def test_what_a_refused_request_wanted_is_dropped(self, client, airlock_effects):
        client.post("/orders/99/cancel/")
        airlock_effects.assert_nothing_enqueued()
        assert [entry.reason for entry in airlock_effects.dropped] == [
            "discarded with its DjangoScope: the response was 404"
        ]

    def test_what_is_rolled_back_with_the_request_is_dropped_once(self, client, airlock_effects):
        client.post("/orders/", {"email": "nobody"})
        airlock_effects.assert_nothing_enqueued()
        assert len(airlock_effects.dropped) == 1

    def test_what_a_view_that_raises_wanted_is_dropped(self, client, airlock_effects):
        statuses = [client.post("/orders/", {"email": "ida@example.com"}).status_code for _ in range(2)]
        assert statuses == [200, 403]
        airlock_effects.assert_count(1)
        (dropped,) = airlock_effects.dropped
        assert dropped.reason == "discarded with its DjangoScope: the view raised PermissionDenied"

    def test_what_a_savepoint_wanted_is_dropped_with_it(self, client, airlock_effects):
        client.post("/orders/1/redeem/")
        airlock_effects.assert_enqueued(send_update, times=1)
        airlock_effects.assert_enqueued_with(send_update, 1, status="paid")
        assert [(entry.intent.kwargs["status"], entry.reason) for entry in airlock_effects.dropped] == [
            ("redeemed", "rolled back")
        ]

    def test_what_is_rolled_back_after_the_scope_is_dropped_too(self, airlock_effects):
        with transaction.atomic():
            with airlock.scope():
                airlock.enqueue(count_mail, [1])
            airlock_effects.assert_count(1)
            transaction.set_rollback(True)
        airlock_effects.assert_nothing_enqueued()

    def test_a_policy_drops_as_ever(self, airlock_effects):
        with airlock.scope():
            airlock.enqueue(count_mail, [1])
            airlock.enqueue(count_mail, [1])
        airlock_effects.assert_count(1)
        assert [entry.reason for entry in airlock_effects.dropped] == ["dropped by DropDuplicates()"]

    def test_recording_costs_no_query(self, airlock_effects, django_assert_num_queries):
        with django_assert_num_queries(1):
            with airlock.scope():
                Order.objects.create(email="ida@example.com")
            airlock_effects.assert_count(1)


class Cases:
    @pytest.fixture(autouse=True)
    def record(self, airlock_effects):
        self.effects = airlock_effects

    def test_an_order_has_a_receipt(self):
        pk = int(self.client.post("/orders/", {"email": "ida@example.com"}).content)
        self.effects.assert_enqueued_with(send_receipt, pk)

    async def test_an_order_that_is_cancelled_tells_the_customer(self):
        with airlock.scope(airlock.DropAll()):
            order = await Order.objects.acreate(email="ida@example.com")
        response = await self.async_client.post(f"/orders/{order.pk}/cancel/")
        assert response.content == b"cancelled"
        self.effects.assert_enqueued_with(send_update, order.pk, status="cancelled")

    async def test_a_page_that_is_not_there_sends_nothing(self):
        await self.async_client.post("/orders/99/cancel/")
        self.effects.assert_nothing_enqueued()


class PlainCase(Cases, TestCase):
    @classmethod
    def setUpTestData(cls):
        with airlock.scope():
            cls.order = Order.objects.create(email="ola@example.com")

    def test_what_the_data_of_the_class_wanted_is_not_part_of_a_test(self):
        self.effects.assert_nothing_enqueued()
        assert Order.objects.get() == self.order


class CommittingCase(Cases, TransactionTestCase):
    pass


@pytest.mark.django_db(transaction=True)
async def test_a_coroutine_is_recorded(async_client, airlock_effects):
    async with airlock.scope():
        order = await Order.objects.acreate(email="ida@example.com")
    response = await async_client.post(f"/orders/{order.pk}/cancel/")
    assert response.content == b"cancelled"
    airlock_effects.assert_enqueued_with(send_receipt, order.pk)
    airlock_effects.assert_enqueued_with(send_update, order.pk, status="cancelled")
    airlock_effects.assert_count(3)


@pytest.mark.django_db(transaction=True)
async def test_a_coroutine_whose_request_fails_sends_nothing(async_client, airlock_effects):
    response = await async_client.post("/orders/99/cancel/")
    assert response.status_code == 404
    airlock_effects.assert_nothing_enqueued()
    assert len(airlock_effects.dropped) == 1


def test_the_threads_of_a_server_are_recorded(live_server, airlock_effects):
    from urllib.parse import urlencode
    from urllib.request import urlopen

    with urlopen(f"{live_server}/orders/", urlencode({"email": "ida@example.com"}).encode()) as response:
        pk = int(response.read())
    airlock_effects.assert_enqueued_with(send_receipt, pk)
    airlock_effects.assert_count(1)
