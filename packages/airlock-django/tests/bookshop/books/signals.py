from django.db.models.signals import post_save
from django.dispatch import receiver

import airlock
from books import tasks
from books.models import Order


@receiver(post_save, sender=Order)
def order_saved(instance, created, **kwargs):
    if created:
        airlock.enqueue(tasks.send_receipt, instance.pk)
