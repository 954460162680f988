"""What the worker does, in its own time. These are tasks of Huey, and know nothing of airlock."""

from huey.contrib.djhuey import db_task

from shop import models

WAREHOUSE = "warehouse@shop.example"


@db_task()
def send_receipt(order_id: int) -> None:
    order = models.Order.objects.get(pk=order_id)
    _send(order.email, f"{order}: receipt for {order.total} EUR")


@db_task()
def send_update(order_id: int) -> None:
    order = models.Order.objects.get(pk=order_id)
    _send(order.email, f"{order}: now {order.status}")


@db_task()
def request_picking(order_id: int) -> None:
    order = models.Order.objects.get(pk=order_id)
    _send(WAREHOUSE, f"{order}: pick {', '.join(map(str, order.lines.select_related('product')))}")


@db_task()
def confirm_gift_card(gift_card_id: int, amount: str) -> None:
    gift_card = models.GiftCard.objects.get(pk=gift_card_id)
    _send(gift_card.owner, f"Gift card {gift_card}: {amount} EUR used, {gift_card.balance} EUR left")


def _send(recipient: str, subject: str) -> None:
    models.Mail.objects.create(recipient=recipient, subject=subject)
