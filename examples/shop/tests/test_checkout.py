"""What a checkout lets out, and what it holds back."""

from collections.abc import Callable

import pytest
from django.db import transaction
from django.test import Client
from huey.contrib.djhuey import HUEY
from shop.models import Effect, GiftCard, Mail, Order

import airlock

Queue = Callable[[], list[str]]

BUYER = {"email": "ida@example.com", "card": "4000 0000 0000 0077"}
REFUSED = {"email": "ida@example.com", "card": "4000 0000 0000 0002"}


def outcomes() -> list[str]:
    return [f"{effect.call} {effect.outcome}" for effect in Effect.objects.all()]


def test_an_order_has_its_receipt_and_its_picking_sent(queue: Queue) -> None:
    response = Client().post("/", {**BUYER, "product-1": 1})
    assert (response.status_code, response["Location"]) == (302, "/orders/1/")
    assert queue() == ["send_receipt(1)", "request_picking(1)"]


def test_an_order_of_several_lines_is_picked_once(queue: Queue) -> None:
    Client().post("/", {**BUYER, "product-1": 1, "product-2": 3})
    assert queue() == ["send_receipt(1)", "request_picking(1)"]
    assert outcomes() == ["send_receipt(1) let out", "request_picking(1) let out", "request_picking(1) dropped"]


def test_effects_wait_for_the_commit(queue: Queue) -> None:
    with transaction.atomic():
        with airlock.scope():
            Order.objects.create(email="ida@example.com")
        assert queue() == []
    assert queue() == ["send_receipt(1)"]


def test_effects_of_a_transaction_that_is_rolled_back_are_not_sent(queue: Queue) -> None:
    with airlock.scope(), pytest.raises(ZeroDivisionError), transaction.atomic():
        Order.objects.create(email="ida@example.com")
        1 / 0  # noqa: B018 (anything that goes wrong)
    assert queue() == []


def test_an_order_that_takes_the_number_of_one_that_was_rolled_back_has_its_receipt_sent(queue: Queue) -> None:
    with airlock.scope(), transaction.atomic():
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            Order.objects.create(email="hugo@example.net")
            1 / 0  # noqa: B018 (anything that goes wrong)
        Order.objects.create(email="ida@example.com")
    assert Order.objects.get().pk == 1
    assert queue() == ["send_receipt(1)"]


def test_a_checkout_whose_card_is_refused_leaves_no_order_and_sends_nothing(queue: Queue) -> None:
    response = Client().post("/", {**REFUSED, "product-1": 1})
    assert response.status_code == 402
    assert "The card was refused, 34.00 EUR were not charged." in response.text
    assert not Order.objects.exists()
    assert queue() == []
    assert outcomes() == ["send_receipt(1) discarded", "request_picking(1) discarded"]


def test_a_gift_card_that_holds_too_little_loses_its_own_mail_only(queue: Queue) -> None:
    Client().post("/", {**BUYER, "product-1": 1, "gift_card": "SPRING"})
    assert GiftCard.objects.get().balance == 10
    assert queue() == ["send_receipt(1)", "request_picking(1)"]
    assert outcomes()[-1] == "confirm_gift_card(1, '34.00') rolled back"


def test_a_gift_card_that_holds_enough_is_confirmed(queue: Queue) -> None:
    Client().post("/", {**REFUSED, "product-2": 1, "gift_card": "SPRING"})
    assert queue() == ["send_receipt(1)", "request_picking(1)", "confirm_gift_card(1, '7.50')"]


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"product-1": 0}, "Choose at least one product."),
        ({"product-1": 1, "email": "ida"}, "Enter a valid email address."),
        ({"product-1": 1, "gift_card": "AUTUMN"}, "Select a valid choice."),
        ({"product-1": -1}, "Ensure this value is greater than or equal to 0."),
    ],
)
def test_a_form_that_is_wrong_says_so_and_wants_nothing(
    queue: Queue, fields: dict[str, object], complaint: str
) -> None:
    response = Client().post("/", {**BUYER, **fields})
    assert response.status_code == 400
    assert complaint in response.text
    assert queue() == []
    assert outcomes() == []


def test_the_worker_writes_the_mails(queue: Queue) -> None:
    Client().post("/", {**BUYER, "product-1": 1, "product-2": 2})
    while task := HUEY.dequeue():
        HUEY.execute(task)
    assert [str(mail) for mail in Mail.objects.all()] == [
        "Order 1: receipt for 49.00 EUR (ida@example.com)",
        "Order 1: pick 2 x Green tea, 1 x Teapot (warehouse@shop.example)",
    ]
