"""Models, signals, the back office and commands."""

from io import StringIO

import pytest
from books.models import Order
from books.tasks import send_receipt, send_update
from django.core.management import call_command

import airlock

pytestmark = pytest.mark.django_db


def test_a_model_may_be_saved_outside_any_scope(airlock_effects):
    order = Order.objects.create(email="ida@example.com")
    airlock_effects.assert_enqueued_with(send_receipt, order.pk)


def test_the_back_office_has_effects(admin_client, airlock_effects):
    with airlock.scope(airlock.DropAll()):
        orders = [Order.objects.create(email="ida@example.com").pk for _ in range(2)]
    admin_client.post("/admin/books/order/", {"action": "cancel", "_selected_action": orders})
    assert {intent.args for intent in airlock_effects.of(send_update)} == {(pk,) for pk in orders}
    airlock_effects.assert_count(2)


def test_a_form_of_the_back_office_that_is_wrong_has_none(admin_client, airlock_effects):
    assert admin_client.post("/admin/books/order/add/", {"email": "nobody"}).status_code == 200
    airlock_effects.assert_nothing_enqueued()
    admin_client.post("/admin/books/order/add/", {"email": "ida@example.com", "status": "placed"})
    airlock_effects.assert_enqueued(send_receipt, times=1)


def test_a_command_has_effects(airlock_effects):
    call_command("import_orders", "ida@example.com", "ola@example.com")
    airlock_effects.assert_enqueued(send_receipt, times=2)


def test_a_dry_run_has_none(airlock_effects):
    printed = StringIO()
    call_command("import_orders", "ida@example.com", "--dry-run", stdout=printed)
    airlock_effects.assert_nothing_enqueued()
    assert "dispatch send_receipt" in printed.getvalue()
    assert not Order.objects.exists()
    assert [entry.reason for entry in airlock_effects.dropped] == ["discarded with its DjangoScope: --dry-run"]
    assert airlock_effects.pending == []


def test_a_fixture_is_loaded_under_the_policy_of_its_command(airlock_effects):
    call_command("loaddata", "orders", verbosity=0)
    assert Order.objects.get().pk == 7
    airlock_effects.assert_nothing_enqueued()
    assert [entry.reason for entry in airlock_effects.dropped] == ["dropped by DropAll()"]
