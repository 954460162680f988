"""Placing an order: its rows, and the effects that saving them wants, stand or fall together."""

from collections.abc import Mapping
from decimal import Decimal

from django.db import IntegrityError, transaction

from shop.models import GiftCard, Order, Product
from shop.payments import charge


@transaction.atomic
def place_order(email: str, basket: Mapping[Product, int], card: str, gift_card: GiftCard | None = None) -> Order:
    """Place an order and have it paid; `CardRefused` where that fails."""
    order = Order.objects.create(email=email)
    for product, quantity in basket.items():
        order.lines.create(product=product, quantity=quantity, price=product.price)
    if gift_card is None or not redeem(gift_card, order.total):
        charge(card, order.total)
    return order


def redeem(gift_card: GiftCard, amount: Decimal) -> bool:
    """Return whether a gift card paid; where it did not, nobody is told that it did."""
    try:
        with transaction.atomic():
            gift_card.redeem(amount)
    except IntegrityError:
        return False
    return True
