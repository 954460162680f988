"""What the shop sells, to whom, and which mails that wants. When these go out is decided elsewhere."""

from decimal import Decimal
from typing import Any

from django.db import models
from django.urls import reverse

import airlock
from shop import tasks


class Product(models.Model):
    name = models.CharField(max_length=60, unique=True)
    price = models.DecimalField(max_digits=8, decimal_places=2)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Order(models.Model):
    class Status(models.TextChoices):
        PLACED = "placed"
        CANCELLED = "cancelled"

    email = models.EmailField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PLACED)
    placed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"Order {self.pk}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        is_new = self._state.adding
        super().save(*args, **kwargs)
        airlock.enqueue(tasks.send_receipt if is_new else tasks.send_update, self.pk)

    def get_absolute_url(self) -> str:
        return reverse("order", args=[self.pk])

    @property
    def total(self) -> Decimal:
        return sum((line.price * line.quantity for line in self.lines.all()), Decimal())


class OrderLine(models.Model):
    """One product of an order; `signals.py` says which mail it wants."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, models.PROTECT)
    quantity = models.PositiveSmallIntegerField()
    price = models.DecimalField(max_digits=8, decimal_places=2)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.quantity} x {self.product}"


class GiftCard(models.Model):
    code = models.CharField(max_length=20, unique=True)
    owner = models.EmailField()
    balance = models.DecimalField(max_digits=8, decimal_places=2)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(balance__gte=0), name="gift_card_balance_is_not_negative"),
        )

    def __str__(self) -> str:
        return self.code

    def redeem(self, amount: Decimal) -> None:
        """Pay with it; `IntegrityError` where it holds less than that."""
        airlock.enqueue(tasks.confirm_gift_card, self.pk, str(amount))
        self.balance = models.F("balance") - amount
        self.save(update_fields=["balance"])


class Mail(models.Model):
    """A mail that the worker has sent; this shop has no mail server."""

    recipient = models.EmailField()
    subject = models.CharField(max_length=200)
    sent_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.subject} ({self.recipient})"


class Visit(models.Model):
    """A request that wanted something to happen besides; `middleware.py` records it."""

    method = models.CharField(max_length=10)
    path = models.CharField(max_length=200)
    status = models.PositiveSmallIntegerField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.method} {self.path}: {self.status}"


class Effect(models.Model):
    """What became of one thing that a request wanted to happen besides."""

    class Outcome(models.TextChoices):
        LET_OUT = "let out"
        DROPPED = "dropped"
        DISCARDED = "discarded"
        ROLLED_BACK = "rolled back"
        NOT_SENT = "not sent"

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="effects")
    call = models.CharField(max_length=200)
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    reason = models.CharField(max_length=100)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.call}: {self.outcome}"
