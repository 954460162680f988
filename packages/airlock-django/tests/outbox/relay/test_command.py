"""The command: what it takes, and what it says when it cannot run."""

import gc
import tracemalloc

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.test import override_settings
from outbox_suites.entries import make_due
from outbox_suites.relays import Outbox, with_outbox

from airlock.integrations.django.outbox._heartbeat import Counters, Heartbeat
from airlock.integrations.django.outbox.models import RelayHeartbeat


def run(**options):
    call_command("airlock_relay", once=True, **options)


def test_a_database_that_is_not_configured_is_an_error_that_names_those_that_are(outbox: Outbox):
    with pytest.raises(CommandError, match="DATABASES has no 'nowhere'; it has 'default'"):
        run(using="nowhere")


def test_the_database_is_the_one_that_the_settings_name_where_none_is_given(outbox: Outbox):
    outbox.put("one", [""])
    with override_settings(AIRLOCK={**with_outbox(), "USING": outbox.alias}):
        run()
    assert outbox.is_empty()


def test_a_batch_of_nothing_is_an_error(outbox: Outbox):
    with pytest.raises(CommandError, match="--batch is 0: give a whole number"):
        run(batch=0)


def test_without_the_outbox_it_says_how_to_turn_it_on():
    with override_settings(AIRLOCK={}), pytest.raises(ImproperlyConfigured, match="OUTBOX"):
        run()


def test_tasks_that_cannot_be_imported_are_an_error_before_anything_is_claimed(outbox: Outbox):
    outbox.put("one", [""])
    with override_settings(AIRLOCK=with_outbox(TASKS=["outbox_suites.missing"])):
        with pytest.raises(ImproperlyConfigured, match=r"outbox_suites\.missing"):
            run(using=outbox.alias)
    assert [entry.attempts for entry in outbox.entries()] == [0]


def test_a_heartbeat_is_written_now_and_then_and_those_of_the_dead_are_cleared_away(outbox: Outbox):
    rows = RelayHeartbeat.objects.using(outbox.alias)
    rows.create(name="killed yesterday", alias=outbox.alias, started=1, seen=1)
    rows.create(name="of another database", alias="elsewhere", started=1, seen=1)
    heartbeat = Heartbeat(outbox.alias)
    heartbeat.beat(outbox.connection, Counters(sent=1))
    heartbeat.beat(outbox.connection, Counters(sent=2))
    assert set(rows.values_list("name", "sent")) == {(heartbeat.name, 1), ("of another database", 0)}
    heartbeat._last -= 10
    heartbeat.beat(outbox.connection, Counters(sent=3, failed=2, dead=1))
    assert rows.filter(sent=3, failed=2, dead=1).count() == 1
    heartbeat.remove(outbox.connection)
    assert list(rows.values_list("name", flat=True)) == ["of another database"]


def test_a_relay_that_sends_for_long_holds_no_more_memory_than_one_that_does_not(outbox: Outbox):
    def after(scopes):
        for number in range(scopes):
            outbox.put(f"scope{number}", [""], leased=True)
        make_due(outbox.alias)
        outbox.run_once(batch=10)
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    after(20)
    tracemalloc.start()
    try:
        few = after(20)
        many = after(200)
    finally:
        tracemalloc.stop()
    assert many - few < 100_000
