"""Tests that fail, so that what they say can be read."""

import pytest
from books.models import Order
from books.tasks import count_mail, repeat, send_receipt, send_update
from django.core.management import call_command

import airlock

pytestmark = pytest.mark.django_db


def test_other_arguments(client, airlock_effects):
    client.post("/orders/", {"email": "ida@example.com"})
    airlock_effects.assert_enqueued_with(send_receipt, 42, copy=True)


def test_refused(client, airlock_effects):
    client.post("/orders/99/cancel/")
    airlock_effects.assert_enqueued(count_mail)


def test_savepoint(client, airlock_effects):
    client.post("/orders/1/redeem/")
    airlock_effects.assert_enqueued_with(send_update, 1, status="redeemed")


def test_policy(airlock_effects):
    call_command("loaddata", "orders", verbosity=0)
    airlock_effects.assert_enqueued(send_receipt)


def test_scope_still_open(airlock_effects):
    with airlock.scope():
        Order.objects.create(email="ida@example.com")
        airlock_effects.assert_enqueued(send_receipt)


def test_argument_that_no_queue_takes(airlock_effects):
    airlock.enqueue(send_receipt, Order(email="ida@example.com"))
    airlock_effects.run()


def test_tasks_without_end(airlock_effects):
    airlock.enqueue(repeat, 1)
    airlock_effects.run(recursive=True, limit=20)
