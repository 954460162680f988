"""A module that registers its tasks."""

from airlock.integrations.django.outbox import register


@register
def decorated() -> None:
    """A task."""


def plain() -> None:
    """What the module does not register."""
