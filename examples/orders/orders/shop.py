"""The shop: what an order is and what should happen besides, never when, whether or how."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import airlock

from .effects import pick, send_receipt, write_audit

_TEXT = (r"(?! )[^\x00-\x1f\x7f-\x9f\u2028\u2029]+", "text in one line")

FIELDS = {
    "number": (r"[A-Z]-\d{4,8}", "an order number like A-1042"),
    "date": (r"\d{4}-\d\d-\d\d", "a date like 2026-03-31"),
    "customer": _TEXT,
    "email": (r"[\w+-]+(\.[\w+-]+)*@[\w-]+(\.[\w-]+)+", "an email address"),
    "city": _TEXT,
    "product": _TEXT,
    "quantity": (r"-?[1-9]\d{0,5}", "a whole number other than 0"),
    "price": (r"\d{1,6}\.\d\d", "a price like 19.90"),
    "currency": (r"[A-Z]{3}", "a currency like EUR"),
}


class MalformedOrder(ValueError):
    """A row that is no order; the message begins with the field."""


@dataclass(frozen=True)
class Order:
    number: str
    date: date
    customer: str
    email: str
    city: str
    product: str
    quantity: int
    price: Decimal
    currency: str

    @classmethod
    def from_cells(cls, cells: Sequence[str]) -> "Order":
        if len(cells) != len(FIELDS):
            raise MalformedOrder(f"expected {len(FIELDS)} fields, found {len(cells)}")
        for (field, (pattern, meaning)), cell in zip(FIELDS.items(), cells, strict=True):
            if not re.fullmatch(pattern, cell, re.ASCII):
                raise MalformedOrder(f"{field}: {cell!r:.60} is not {meaning}")
        number, day, customer, email, city, product, quantity, price, currency = cells
        try:
            checked_day = date.fromisoformat(day)
        except ValueError as error:
            raise MalformedOrder(f"date: {day!r} is in no calendar") from error
        return cls(number, checked_day, customer, email, city, product, int(quantity), Decimal(price), currency)

    @property
    def is_refund(self) -> bool:
        return self.quantity < 0

    @property
    def total(self) -> str:
        return f"{self.quantity * self.price} {self.currency}"

    def place(self) -> None:
        airlock.enqueue(send_receipt, self.number, self.customer, self.email, self.total)
        airlock.enqueue(pick, self.number, self.product, self.quantity, self.city)
        airlock.enqueue(write_audit, str(self.date), "placed", self.number, self.total)

    def refund(self) -> None:
        airlock.enqueue(send_receipt, self.number, self.customer, self.email, self.total)
        airlock.enqueue(write_audit, str(self.date), "refunded", self.number, self.total)
