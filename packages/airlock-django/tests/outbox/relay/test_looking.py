"""Where a relay begins to look: a database that keeps old rows for somebody lets it walk over all of them."""

import pytest

from airlock.integrations.django.outbox import _relay
from airlock.integrations.django.outbox._claims import claim
from airlock.integrations.django.outbox._settings import required_settings
from airlock.integrations.django.outbox._signals import Stopping
from airlock.integrations.django.outbox.models import OutboxEntry


@pytest.mark.parametrize("alias", ["postgres", "mariadb"], indirect=True)
@pytest.mark.server
def test_a_relay_with_little_to_do_seldom_walks_over_what_was_due_long_ago(outbox, monkeypatch):
    floors = []

    def claim_and_note(*arguments, floor, **options):
        floors.append(floor)
        return claim(*arguments, floor=floor, **options)

    monkeypatch.setattr(_relay, "claim", claim_and_note)
    monkeypatch.setattr(_relay, "_SHORTEST_BETWEEN_FULL_LOOKS", 1_000.0)
    stopping = Stopping()
    relay = _relay.Relay(outbox.alias, required_settings()._replace(poll=1_000.0), stopping=stopping)
    for number in range(3):
        outbox.put(f"scope{number}", [""])
        OutboxEntry.objects.using(outbox.alias).update(due=100 + number)
        assert relay._attempt() == 0
    assert 900 < relay._attempt() <= 1_000
    assert floors == [0, 100, 101, 102]
    relay._full_look_at = 0.0
    outbox.put("early", [""])
    assert relay._attempt() == 0
    assert len(outbox.sent) == 4
    stopping.close()
