"""An outbox on a database of each kind in turn."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from django.test import override_settings
from outbox_suites.relays import SETTINGS, Outbox, with_outbox
from outbox_suites.sending import PLACE

from airlock.integrations.django.outbox.models import OutboxEntry, RelayHeartbeat


@pytest.fixture
def outbox(alias: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Outbox]:
    """An outbox that is empty, and is left so."""
    monkeypatch.setenv(PLACE, str(tmp_path / "record"))
    with override_settings(AIRLOCK=SETTINGS):
        yield Outbox(alias, tmp_path)
        OutboxEntry.objects.using(alias).all().delete()
        RelayHeartbeat.objects.using(alias).all().delete()


@pytest.fixture
def settings_with() -> Callable[..., AbstractContextManager[object]]:
    """Return what overrides values of OUTBOX in this process."""

    def override(**outbox: object) -> AbstractContextManager[object]:
        return override_settings(AIRLOCK=with_outbox(**outbox))

    return override
