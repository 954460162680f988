"""The app: from its start on, executions of tasks have scopes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import AppConfig, apps
from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


class AirlockDjangoQConfig(AppConfig):
    """Put in `INSTALLED_APPS` as `"airlock.integrations.django_q"`; it has no models."""

    name = "airlock.integrations.django_q"
    label = "airlock_django_q"
    verbose_name: _StrOrPromise = "airlock for django-q2"

    def ready(self) -> None:
        """Follow the executions of tasks.

        Raises:
            ImproperlyConfigured: django-q2 is not in `INSTALLED_APPS`, or too old.
        """
        if not apps.is_installed("django_q"):
            raise ImproperlyConfigured(f"INSTALLED_APPS has {self.name!r}, and lacks 'django_q': add it.")

        from django_q import signals

        if not hasattr(signals, "post_execute_in_worker"):
            raise ImproperlyConfigured(
                f"{self.name!r} in INSTALLED_APPS needs django-q2 1.10, the first whose workers tell that a task has "
                "ended. Upgrade it, or take the app out and put @airlock.scoped() on the functions."
            )

        from airlock.integrations.django_q._execution import follow

        follow()
