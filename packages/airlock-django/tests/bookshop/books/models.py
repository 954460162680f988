from django.db import models

import airlock
from books import tasks


class Order(models.Model):
    email = models.EmailField()
    status = models.CharField(max_length=20, default="placed")

    def cancel(self):
        self.status = "cancelled"
        airlock.enqueue(tasks.send_update, self.pk, status=self.status)


class Mail(models.Model):
    subject = models.CharField(max_length=100)
