"""Which database is meant where none is named."""

from __future__ import annotations

from django.db import DEFAULT_DB_ALIAS

import airlock
from airlock.integrations.django._scope import DjangoScope


def follows_transactions() -> bool:
    """Return whether the configured scopes wait for transactions."""
    return issubclass(airlock.get_configuration().scope_cls or airlock.Scope, DjangoScope)


def usual_alias(using: str | None = None) -> str:
    """Return the alias that is given, or that of the database whose transactions the configured scopes wait for."""
    if using is not None:
        return using
    configured: str | None = airlock.get_configuration().scope_kwargs.get("using") if follows_transactions() else None
    return configured or DEFAULT_DB_ALIAS
