"""The back office wants the same mails as the shop."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from shop.models import Order
from shop.tasks import send_receipt, send_update

import airlock
from airlock.testing import Recording


@pytest.fixture
def clerk(shop: None) -> Client:
    with airlock.scope(airlock.DropAll()):
        Order.objects.create(pk=1, email="ida@example.com")
        Order.objects.create(pk=2, email="hugo@example.net")
    client = Client()
    client.force_login(User.objects.create_superuser("clerk"))
    return client


def test_saving_an_order_tells_the_customer(clerk: Client, airlock_effects: Recording) -> None:
    fields = {"email": "ida@example.com", "status": "cancelled", "lines-TOTAL_FORMS": 0, "lines-INITIAL_FORMS": 0}
    response = clerk.post("/admin/shop/order/1/change/", fields)
    assert response.status_code == 302
    airlock_effects.assert_enqueued_with(send_update, 1)
    airlock_effects.assert_count(1)


def test_an_order_that_cannot_be_saved_tells_nobody(clerk: Client, airlock_effects: Recording) -> None:
    fields = {"email": "ida", "status": "cancelled", "lines-TOTAL_FORMS": 0, "lines-INITIAL_FORMS": 0}
    assert "Enter a valid email address." in clerk.post("/admin/shop/order/1/change/", fields).text
    airlock_effects.assert_nothing_enqueued()


def test_receipts_can_be_sent_again(clerk: Client, airlock_effects: Recording) -> None:
    fields = {"action": "send_receipts_again", "_selected_action": ["1", "2"]}
    assert clerk.post("/admin/shop/order/", fields).status_code == 302
    assert [intent.args for intent in airlock_effects.of(send_receipt)] == [(2,), (1,)]
    airlock_effects.assert_count(2)
