from celery import shared_task

import airlock

try:
    from django.tasks import task
except ImportError:  # Django 5.2
    from django_tasks import task


@shared_task
def send_receipt(order_id, copy=False):
    write(f"receipt {order_id}")
    airlock.enqueue(print_label, order_id)
    airlock.enqueue(count_mail, (order_id,))


@shared_task(bind=True)
def send_update(self, order_id, *, status):
    write(f"{self.name} {order_id} {status}")


@task
def print_label(order_id):
    write(f"label {order_id}")


def count_mail(orders):
    write(f"counted {orders!r}")


@shared_task
def repeat(number):
    airlock.enqueue(repeat, number + 1)


def write(subject):
    from books.models import Mail

    Mail.objects.create(subject=subject)
