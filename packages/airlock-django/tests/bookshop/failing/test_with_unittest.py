"""Tests that fail, so that what they say can be read, in processes of their own too."""

from books.models import Order
from books.tasks import count_mail, send_receipt, send_update
from django.test import TestCase

import airlock
from airlock.testing import AirlockAssertions


class Failing(AirlockAssertions, TestCase):
    def test_other_arguments(self):
        with self.assertEnqueued(send_receipt, 42):
            self.client.post("/orders/", {"email": "ida@example.com"})

    def test_refused(self):
        with self.assertEnqueued(send_receipt):
            self.client.post("/orders/", {"email": "nobody"})

    def test_number(self):
        with self.assertNumEnqueued(2, send_update):
            self.client.post("/orders/1/redeem/")

    def test_nothing(self):
        with self.assertNothingEnqueued():
            self.client.post("/orders/1/redeem/")

    def test_recording(self):
        effects = self.recordEffects()
        Order.objects.create(email="ida@example.com")
        with self.subTest("a name"):
            effects.assert_enqueued("send_reciept")
        effects.assert_not_enqueued(send_receipt)

    def test_argument_that_no_queue_takes(self):
        effects = self.recordEffects()
        airlock.enqueue(send_receipt, Order(email="ida@example.com"))
        effects.run()

    def test_scope_left_open(self):
        self.recordEffects()
        airlock.scope().enter()
        airlock.enqueue(count_mail, [1])

    def test_block_that_was_not_entered(self):
        self.assertEnqueued(send_receipt)
