"""Rows that show whether a transaction was rolled back."""

from django.db import models


class Entry(models.Model):
    """Something that is written beside an effect."""

    text = models.CharField(max_length=100, unique=True)

    class Meta:
        app_label = "django_project"
