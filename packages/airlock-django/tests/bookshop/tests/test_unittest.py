"""The assertions for unittest, with both runners, on either side of Django's test cases."""

from books.models import Order
from books.tasks import count_mail, send_receipt, send_update
from django.core.management import call_command
from django.test import LiveServerTestCase, SimpleTestCase, TestCase, TransactionTestCase

import airlock
from airlock.testing import AirlockAssertions, capture


class Cases:
    def order(self, email="ida@example.com"):
        return self.client.post("/orders/", {"email": email})

    def test_an_order_has_a_receipt(self):
        with self.assertEnqueued(send_receipt) as effects:
            pk = int(self.order().content)
        effects.assert_enqueued_with(send_receipt, pk)

    def test_each_order_has_one(self):
        with self.assertNumEnqueued(2), self.assertNumEnqueued(2, send_receipt), self.assertNotEnqueued(send_update):
            self.order()
            self.order("ola@example.com")

    def test_a_wrong_address_has_none(self):
        with self.assertNothingEnqueued():
            self.order("nobody")

    def test_a_savepoint_that_is_rolled_back_takes_its_effects_with_it(self):
        with self.assertEnqueued(send_update, 1, status="paid"), self.assertNumEnqueued(1):
            self.client.post("/orders/1/redeem/")

    async def test_the_async_client_is_recorded(self):
        effects = self.recordEffects()
        with airlock.scope():
            order = await Order.objects.acreate(email="ida@example.com")
        await self.async_client.post(f"/orders/{order.pk}/cancel/")
        effects.assert_enqueued_with(send_update, order.pk, status="cancelled")

    def test_a_command_is_recorded(self):
        with self.assertEnqueued(send_receipt):
            call_command("import_orders", "ida@example.com")

    def test_subtests_are_recorded(self):
        for email in ("ida@example.com", "ola@example.com"):
            with self.subTest(email), self.assertNumEnqueued(1):
                self.order(email)


class FirstInTestCase(AirlockAssertions, Cases, TestCase):
    def test_a_commit_that_is_played_doubles_nothing(self):
        with self.assertNumEnqueued(1), self.captureOnCommitCallbacks(execute=True):
            self.order()
        with self.captureOnCommitCallbacks(execute=True), self.assertNumEnqueued(1):
            self.order("ola@example.com")


class LastInTestCase(Cases, TestCase, AirlockAssertions):
    pass


class FirstInTransactionTestCase(AirlockAssertions, Cases, TransactionTestCase):
    pass


class LastInTransactionTestCase(Cases, TransactionTestCase, AirlockAssertions):
    pass


class RecordedFromTheStart(AirlockAssertions, TestCase):
    fixtures = ("orders",)

    @classmethod
    def setUpTestData(cls):
        with capture() as cls.wanted, airlock.scope():
            cls.order = Order.objects.create(email="ola@example.com")

    def setUp(self):
        self.effects = self.recordEffects()

    def test_the_data_of_the_class_has_its_own_recording(self):
        self.wanted.assert_enqueued_with(send_receipt, self.order.pk)
        self.effects.assert_nothing_enqueued()

    def test_a_fixture_sends_nothing(self):
        assert Order.objects.filter(pk=7).exists()
        self.effects.assert_nothing_enqueued()


class WithoutDatabase(AirlockAssertions, SimpleTestCase):
    def test_a_function_is_recorded(self):
        with self.assertEnqueued(count_mail, [1]):
            airlock.enqueue(count_mail, [1])


class OverHttp(AirlockAssertions, LiveServerTestCase):
    def test_a_server_is_recorded(self):
        from urllib.request import urlopen

        with self.assertNumEnqueued(1), urlopen(f"{self.live_server_url}/orders/", b"email=ida@example.com") as page:
            page.read()
