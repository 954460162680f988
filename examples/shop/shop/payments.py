"""Stands in for a payment provider."""

from decimal import Decimal

REFUSED = "4000 0000 0000 0002"


class CardRefused(Exception):
    """The provider does not charge this card."""


def charge(card: str, amount: Decimal) -> None:
    if card == REFUSED:
        raise CardRefused(f"The card was refused, {amount} EUR were not charged.")
