"""Performing what was recorded, in tests that never commit."""

from datetime import date
from functools import partial

import pytest
from books.models import Mail, Order
from books.tasks import count_mail, print_label, repeat, send_receipt, send_update
from django.db import transaction
from django.test import TestCase

import airlock
from airlock.testing import AirlockAssertions


def subjects():
    return [mail.subject for mail in Mail.objects.order_by("pk")]


@pytest.mark.django_db
def test_tasks_of_celery_and_django_and_functions_are_performed(client, airlock_effects):
    client.post("/orders/", {"email": "ida@example.com"})
    performed = airlock_effects.run(recursive=True)
    assert [intent.name for intent in performed] == ["send_receipt", "print_label", "count_mail"]
    assert subjects() == ["receipt 1", "label 1", "counted [1]"]
    assert airlock_effects.run(recursive=True) == []


@pytest.mark.django_db
def test_one_level_is_performed_unless_more_is_wanted(airlock_effects):
    airlock.enqueue(send_receipt, 1)
    airlock_effects.run()
    assert subjects() == ["receipt 1"]
    airlock_effects.assert_enqueued_with(print_label, 1)
    airlock_effects.run(only=print_label)
    assert subjects() == ["receipt 1", "label 1"]


@pytest.mark.django_db
def test_a_bound_task_has_itself(airlock_effects):
    airlock.enqueue(send_update, 1, status="paid")
    airlock_effects.run()
    assert subjects() == ["books.tasks.send_update 1 paid"]


@pytest.mark.django_db
def test_a_model_does_not_survive_the_queue(airlock_effects):
    airlock.enqueue(send_receipt, Order(email="ida@example.com"))
    with pytest.raises(airlock.InvalidIntentError, match=r"argument 'order_id' is <Order.* does not survive json"):
        airlock_effects.run()


@pytest.mark.django_db
def test_arguments_may_travel_as_celery_sends_them(airlock_effects):
    from kombu.utils import json

    airlock.enqueue(count_mail, date(2026, 1, 2))
    airlock_effects.run(serialize=lambda value: json.loads(json.dumps(value)))
    assert subjects() == ["counted datetime.date(2026, 1, 2)"]


@pytest.mark.django_db
def test_a_task_that_is_rolled_back_takes_what_it_enqueued_with_it(airlock_effects):
    def fail():
        with transaction.atomic():
            airlock.enqueue(print_label, 1)
            raise ZeroDivisionError

    airlock.enqueue(fail)
    with pytest.raises(ZeroDivisionError) as raised:
        airlock_effects.run()
    assert "raised while performing fail()" in raised.value.__notes__[0]
    airlock_effects.assert_not_enqueued(print_label)


def test_tasks_without_end_are_an_error(airlock_effects):
    airlock.enqueue(repeat, 1)
    with pytest.raises(AssertionError, match="has performed 20 tasks that tasks enqueued"):
        airlock_effects.run(recursive=True, limit=20)


class RunInTestCase(AirlockAssertions, TestCase):
    def test_what_a_request_wanted_is_performed(self):
        effects = self.recordEffects()
        self.client.post("/orders/", {"email": "ida@example.com"})
        effects.run(recursive=True)
        assert subjects() == ["receipt 1", "label 1", "counted [1]"]

    async def test_and_awaited(self):
        effects = self.recordEffects()

        async def write(subject):
            await Mail.objects.acreate(subject=subject)

        async with airlock.scope():
            airlock.enqueue(partial(write, "awaited"))
        await effects.arun()
        assert [mail.subject async for mail in Mail.objects.all()] == ["awaited"]
