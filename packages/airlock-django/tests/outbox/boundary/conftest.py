"""A desk on a database of each kind, with the outbox turned on."""

from collections.abc import Iterator

import pytest
from outbox_suites.writer import Desk, recorder, sent, turned_on

from airlock.integrations.django.outbox.models import InboxEntry, RelayHeartbeat


@pytest.fixture
def desk(alias: str) -> Iterator[Desk]:
    """A desk on a database of each kind in turn, where nothing is sent right after the commit."""
    sent.clear()
    recorder.fails, recorder.before = {}, None
    with turned_on(BUDGET=0):
        desk = Desk(alias)
        desk.empty()
        yield desk
        desk.empty()
        InboxEntry.objects.using(alias).all().delete()
        RelayHeartbeat.objects.using(alias).all().delete()
