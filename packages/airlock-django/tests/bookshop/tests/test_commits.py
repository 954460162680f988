"""Together with what Django has for effects that wait for a commit."""

import pytest
from books.models import Order
from books.tasks import count_mail, send_receipt
from django.db import transaction
from django.test import TestCase, override_settings

import airlock

sent = []


def send(intent):
    sent.append((intent.name, intent.args))


@pytest.fixture(autouse=True)
def _nothing_sent():
    sent.clear()


@override_settings(AIRLOCK={"EXECUTOR": send})
class CapturedCallbacks(TestCase):
    @pytest.mark.airlock(record=False)
    def test_without_a_recording_they_dispatch(self):
        with self.captureOnCommitCallbacks(execute=True) as callbacks:
            pk = int(self.client.post("/orders/", {"email": "ida@example.com"}).content)
        assert (sent, len(callbacks)) == ([("send_receipt", (pk,))], 1)

    @pytest.mark.airlock
    def test_in_a_recording_they_have_nothing_left_to_dispatch(self):
        with self.captureOnCommitCallbacks(execute=True):
            self.client.post("/orders/", {"email": "ida@example.com"})
        assert sent == []


@pytest.mark.django_db
def test_what_callbacks_enqueue_is_recorded_once(airlock_effects, django_capture_on_commit_callbacks):
    @airlock.scoped()
    def after_commit():
        airlock.enqueue(count_mail, [1])

    with django_capture_on_commit_callbacks(execute=True):
        with airlock.scope(), transaction.atomic():
            Order.objects.create(pk=1, email="ida@example.com")
            transaction.on_commit(after_commit)
    assert [(intent.name, intent.args) for intent in airlock_effects] == [
        ("send_receipt", (1,)),
        ("count_mail", ([1],)),
    ]


@pytest.mark.django_db
@pytest.mark.airlock(record=False)
def test_what_was_pending_before_a_recording_is_not_part_of_it(settings, django_capture_on_commit_callbacks):
    from airlock.testing import capture

    settings.AIRLOCK = {"EXECUTOR": send}
    with django_capture_on_commit_callbacks(execute=True):
        with airlock.scope():
            airlock.enqueue(count_mail, [1])
        with capture() as effects, airlock.scope():
            airlock.enqueue(count_mail, [2])
    effects.assert_count(1)
    assert sent == [("count_mail", ([1],))]


@pytest.mark.django_db(transaction=True)
@pytest.mark.airlock(record=False)
def test_a_test_without_the_fixture_dispatches(settings):
    settings.AIRLOCK = {"EXECUTOR": send}
    with airlock.scope(), transaction.atomic():
        airlock.enqueue(count_mail, [1])
    assert sent == [("count_mail", ([1],))]


@pytest.mark.django_db
def test_settings_apply_inside_a_recording(client, settings, airlock_effects):
    settings.AIRLOCK = {"POLICY": airlock.BlockTasks({"send_receipt"})}
    client.post("/orders/", {"email": "ida@example.com"})
    airlock_effects.assert_not_enqueued(send_receipt)
    (dropped,) = airlock_effects.dropped
    assert dropped.reason == "dropped by BlockTasks({'send_receipt'})"
    assert dropped.intent.origin.function == "order_saved"


def test_settings_end_with_their_test():
    assert isinstance(airlock.get_configuration().policy, airlock.DropDuplicates)
