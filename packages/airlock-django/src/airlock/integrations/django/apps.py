"""The app: it configures airlock when Django starts."""

from __future__ import annotations

import sys
from types import FrameType
from typing import TYPE_CHECKING

from django.apps import AppConfig

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


class AirlockConfig(AppConfig):
    """Put in `INSTALLED_APPS` as `"airlock.integrations.django"`; it has no models."""

    name = "airlock.integrations.django"
    label = "airlock"
    verbose_name: _StrOrPromise = "airlock"

    def ready(self) -> None:
        """Put the settings in force.

        Raises:
            ImproperlyConfigured: Something is wrong with AIRLOCK; it says what, all of it.
        """
        from django.core.signals import setting_changed

        from airlock.integrations.django import _checks, _configured
        from airlock.integrations.django._settings import settings

        _checks.register()
        setting_changed.connect(_configured.follow, dispatch_uid="airlock")
        # Servers and workers run no system checks, and so does not every command: only what shows all that is wrong
        # may start without being configured.
        if not (settings.problems and _command() in ("check", "airlock")):
            _configured.put_in_force()


def _command() -> str | None:
    """Return which management command this process was started for, `None` if it was started for anything else."""
    from django.core.management import ManagementUtility

    frame: FrameType | None = sys._getframe()
    while frame is not None:
        caller = frame.f_locals.get("self")
        if isinstance(caller, ManagementUtility):
            return next(iter(caller.argv[1:]), None)
        frame = frame.f_back
    return None
