"""Effects that follow from saving a model, whoever saves it: views, the admin, imports and fixtures."""

from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver

import airlock
from shop import tasks
from shop.models import OrderLine


@receiver(post_save, sender=OrderLine)
def tell_warehouse(instance: OrderLine, **kwargs: Any) -> None:
    """Have an order picked. One with three lines wants this three times; the policy lets it out once."""
    airlock.enqueue(tasks.request_picking, instance.order_id)
