"""What the checker believes: rows that were committed together with what they speak of."""

from django.db import models


class Wish(models.Model):
    """An intent that was enqueued; the row is there if the transaction around it was committed.

    Attributes:
        intent: Its id.
        scope: The outermost scope.
        position: Its place in there.
        required: Whether it has to be sent; otherwise it may be.
    """

    intent = models.CharField(max_length=32, primary_key=True)
    scope = models.CharField(max_length=32)
    position = models.IntegerField()
    required = models.BooleanField(default=True)
