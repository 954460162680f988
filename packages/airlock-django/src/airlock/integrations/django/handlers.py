"""Django's WSGI and ASGI applications, with the effects of a view in its own transaction under `ATOMIC_REQUESTS`.

Django commits the transaction of a view before any middleware sees the response. With these applications in the place
of its own, `AirlockMiddleware` judges the response of the view before that commit: effects that are to go out are left
to the transaction, or recorded in it where the outbox is on, and so share its fate. Nothing else changes.
"""

from __future__ import annotations

import django
from django.core.handlers.asgi import ASGIHandler as DjangoASGIHandler
from django.core.handlers.wsgi import WSGIHandler as DjangoWSGIHandler

from airlock.integrations.django._view_transactions import DecidesInTransaction

__all__ = ["ASGIHandler", "WSGIHandler", "get_asgi_application", "get_wsgi_application"]


class WSGIHandler(DecidesInTransaction, DjangoWSGIHandler):
    """Django's WSGI application, with the effects of a view in its transaction."""


class ASGIHandler(DecidesInTransaction, DjangoASGIHandler):
    """Django's ASGI application, with the effects of a view in its transaction."""


def get_wsgi_application() -> WSGIHandler:
    """Return the WSGI application of the project; in its `wsgi.py`, import this in the place of Django's own.

    Example:
        >>> from airlock.integrations.django.handlers import get_wsgi_application
        >>> application = get_wsgi_application()
    """
    django.setup(set_prefix=False)
    return WSGIHandler()


def get_asgi_application() -> ASGIHandler:
    """Return the ASGI application of the project; in its `asgi.py`, import this in the place of Django's own.

    Example:
        >>> from airlock.integrations.django.handlers import get_asgi_application
        >>> application = get_asgi_application()
    """
    django.setup(set_prefix=False)
    return ASGIHandler()
