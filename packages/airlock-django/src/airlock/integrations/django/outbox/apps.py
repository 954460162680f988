"""The app: it has the tables of the outbox, and the only migration there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import AppConfig

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


class OutboxConfig(AppConfig):
    """Put in `INSTALLED_APPS` as `"airlock.integrations.django.outbox"`; `AIRLOCK["OUTBOX"]` turns the outbox on."""

    name = "airlock.integrations.django.outbox"
    label = "airlock_outbox"
    verbose_name: _StrOrPromise = "airlock outbox"
