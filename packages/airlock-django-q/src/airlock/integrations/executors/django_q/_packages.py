"""How packages are built with the django-q2 that is installed."""

try:
    from airlock.integrations.executors.django_q._signed import pack
except (AttributeError, ImportError):
    from airlock.integrations.executors.django_q._captured import pack

__all__ = ["pack"]
