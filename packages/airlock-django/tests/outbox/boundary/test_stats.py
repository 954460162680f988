"""What an outbox says of itself."""

import pytest
from django.db import connections
from outbox_suites.writer import turned_on

import airlock
from airlock.integrations.django.outbox import Stats, stats
from airlock.integrations.django.outbox.models import OutboxEntry, RelayHeartbeat, State


def record(desk, *names):
    with desk.scope(), desk.atomic():
        for name in names:
            desk.order(name)
    return desk.entries[-1]


def change(desk, entry, **columns):
    OutboxEntry.objects.using(desk.alias).filter(id=entry.id).update(**columns)


def test_an_empty_outbox_has_nothing_and_nobody(desk):
    assert stats(desk.alias)._replace(sent_here=0) == Stats(desk.alias, 0, 0.0, 0, 0, 0, 0, 0, 0, None)


def test_intents_are_counted_by_state_and_without_what_is_done(desk):
    change(desk, record(desk, "first", "second", "third"), done=1)
    change(desk, record(desk, "dead"), state=State.DEAD)
    change(desk, record(desk, "parked", "beside it"), state=State.PARKED)
    found = stats(desk.alias)
    assert (found.pending, found.dead, found.parked) == (2, 1, 2)


def test_the_age_of_the_oldest_is_by_the_clock_of_the_database(desk):
    change(desk, record(desk, "old"), created=desk.now - 90_000)
    record(desk, "young")
    assert 85 < stats(desk.alias).oldest_pending_seconds < 120


def test_a_dead_letter_does_not_make_the_oldest_older(desk):
    change(desk, record(desk, "dead"), created=1, state=State.DEAD)
    assert stats(desk.alias).oldest_pending_seconds == 0.0


def test_a_lease_that_has_ended_without_a_word_is_counted(desk):
    change(desk, record(desk, "left"), token="somebody", due=desk.now - 10_000)
    change(desk, record(desk, "held"), token="somebody", due=desk.now + 60_000)
    change(desk, record(desk, "free"), token="", due=1)
    assert stats(desk.alias).leases_expired == 1


def test_relays_are_known_by_their_heartbeats(desk):
    for number, alias in enumerate([desk.alias, desk.alias, "elsewhere"]):
        RelayHeartbeat.objects.using(desk.alias).create(
            name=str(number), alias=alias, started=1, seen=desk.now - 20_000 * (number + 1), sent=10
        )
    found = stats(desk.alias)
    assert (found.relays, found.sent_by_relays) == (2, 20)
    assert 15 < found.relay_seen_seconds < 35


def test_what_this_process_sends_after_a_commit_is_counted(desk):
    before = stats(desk.alias).sent_here
    with turned_on():
        record_and_send(desk, "first", "second")
    assert stats(desk.alias).sent_here == before + 2
    assert desk.sent == ["first", "second"]


def record_and_send(desk, *names):
    with desk.scope(), desk.atomic():
        for name in names:
            desk.order(name)


def test_the_database_is_the_one_of_the_settings_unless_named(desk):
    configured = airlock.get_configuration()
    airlock.configure(scope_kwargs={"using": desk.alias})
    try:
        assert stats().database == desk.alias
    finally:
        airlock.configure(**configured._asdict())
    assert stats().database == "default"


def test_it_takes_two_queries(desk, django_assert_queries):
    with django_assert_queries(connections[desk.alias], 2):
        stats(desk.alias)


@pytest.fixture
def django_assert_queries():
    from contextlib import contextmanager

    from django.test.utils import CaptureQueriesContext

    @contextmanager
    def count(connection, expected):
        with CaptureQueriesContext(connection) as queries:
            yield
        assert len(queries) == expected

    return count
