"""The setting AIRLOCK: read when first asked for, and again after it has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airlock.integrations.django._reading import Reading

if TYPE_CHECKING:
    from airlock import Policy, Scope
    from airlock.integrations.django._problems import Problem


class Settings:
    """What AIRLOCK says, as far as it is right."""

    _reading: Reading | None = None

    @property
    def problems(self) -> list[Problem]:
        """What is wrong with it."""
        return self._read().problems

    @property
    def commands(self) -> dict[str, Policy]:
        """The policy for each command that has one."""
        return self._read().commands

    @property
    def scope_class(self) -> type[Scope]:
        """The class of scopes."""
        return self._read().scope_class

    @property
    def scope_kwargs(self) -> dict[str, Any]:
        """What scopes are built with."""
        return self._read().scope_kwargs

    def get(self, key: str) -> Any:
        """Return what a key means, `None` where it is not given or wrong."""
        return self._read().values.get(key)

    def forget(self) -> None:
        """Read again at the next use."""
        self._reading = None

    def _read(self) -> Reading:
        if self._reading is None:
            from django.conf import settings

            self._reading = Reading(getattr(settings, "AIRLOCK", None))
        return self._reading


settings: Settings = Settings()
"""What the project says."""
