"""What a relay sends, and what it leaves in the table."""

import time

import pytest
from django.db import transaction
from django.test import override_settings
from outbox_suites.relays import SETTINGS, until, with_outbox

from airlock.integrations.django.outbox import _heartbeat
from airlock.integrations.django.outbox._claims import claim
from airlock.integrations.django.outbox.models import OutboxEntry, RelayHeartbeat


def test_what_is_due_is_sent_in_order_under_its_own_ids_and_deleted(outbox):
    first = outbox.put("first", ["", "", ""])
    second = outbox.put("second", [""])
    outbox.run_once()
    assert [each.id for each in outbox.sent if each.label == "first"] == first
    assert [each.id for each in outbox.sent if each.label == "second"] == second
    assert outbox.entries() == []


def test_what_its_writer_still_has_is_left_to_it(outbox):
    outbox.put("leased", leased=True)
    outbox.run_once()
    assert outbox.sent == []
    assert [entry.attempts for entry in outbox.entries()] == [0]


def test_only_the_entry_in_hand_is_charged_with_an_attempt_where_one_may_have_killed_its_process(outbox):
    def look(intent):
        attempts = OutboxEntry.objects.using(outbox.alias).order_by("id").values_list("attempts", "done")
        seen.append((intent.args, list(attempts)))

    seen = []
    with override_settings(AIRLOCK={**SETTINGS, "EXECUTOR": look}):
        for label in ("one", "two"):
            outbox.put(label, ["", ""])
        OutboxEntry.objects.using(outbox.alias).update(attempts=1)
        outbox.put("fresh", [""])
        outbox.run_once()
    assert seen == [
        (("fresh", 0), [(1, 0), (1, 0), (1, 0)]),
        (("one", 0), [(2, 0), (1, 0), (1, 0)]),
        (("one", 1), [(1, 1), (1, 0), (1, 0)]),
        (("two", 0), [(2, 0), (1, 0)]),
        (("two", 1), [(1, 1), (1, 0)]),
    ]
    assert outbox.entries() == []


def test_an_entry_that_takes_longer_than_its_lease_is_renewed_and_no_other_relay_gets_it(outbox):
    def send(intent):
        sent.append(intent.args[1])
        until(lambda: time.monotonic() - began > len(sent))
        others.append(len(claim(outbox.connection, count=10, lease=1, audience="").entries))

    sent, others, began = [], [], time.monotonic()
    with override_settings(AIRLOCK={**with_outbox(LEASE=3, BUDGET=0), "EXECUTOR": send}):
        outbox.put("slow", [""] * 4)
        outbox.run_once()
    assert sent == list(range(4))
    assert others == [0] * 4
    assert outbox.entries() == []


def test_what_was_sent_is_deleted_while_the_rest_of_the_batch_is_still_going_out(outbox):
    def send(intent):
        left.append(len(outbox.entries()))
        began = time.monotonic()
        until(lambda: time.monotonic() - began > 0.15)

    left = []
    with override_settings(AIRLOCK={**with_outbox(LEASE=0.4, BUDGET=0), "EXECUTOR": send}):
        for number in range(6):
            outbox.put(f"scope{number}", [""])
        outbox.run_once()
    assert left[0] == 6
    assert left[-1] <= 2


def test_what_was_only_beside_an_intent_that_killed_its_process_is_sent_however_few_attempts_there_are(outbox):
    with override_settings(AIRLOCK=with_outbox(MAX_ATTEMPTS=1)):
        outbox.put("beside", ["", ""])
        OutboxEntry.objects.using(outbox.alias).update(attempts=1)
        outbox.run_once()
    assert outbox.sent_of("beside") == [0, 1]
    assert outbox.entries() == []


def test_what_reading_an_entry_does_to_the_process_is_charged_to_none(outbox):
    class Reading:
        def __call__(self, intent):
            """Take it."""

        def recordable_options(self, task):
            seen.append([entry.attempts for entry in outbox.entries()])
            return {"queue"}

    seen = []
    with override_settings(AIRLOCK={**SETTINGS, "EXECUTOR": Reading()}):
        outbox.put("one", [""], options={"queue": "mails"})
        OutboxEntry.objects.using(outbox.alias).update(attempts=2)
        seen.clear()
        outbox.run_once()
    assert seen == [[2]]


@pytest.mark.parametrize("attempts", [0, 1], ids=["together", "one at a time"])
def test_a_relay_with_much_in_hand_says_that_it_is_there_and_keeps_its_leases(outbox, monkeypatch, attempts):
    def send(intent):
        beats.update(RelayHeartbeat.objects.using(outbox.alias).values_list("seen", flat=True))
        others.append(len(claim(outbox.connection, count=10, lease=1, audience="").entries))
        began = time.monotonic()
        until(lambda: time.monotonic() - began > 0.3)

    beats, others = set(), []
    monkeypatch.setattr(_heartbeat, "INTERVAL", 0.1)
    with override_settings(AIRLOCK={**with_outbox(LEASE=1, BUDGET=0), "EXECUTOR": send}):
        for number in range(8):
            outbox.put(f"scope{number}", [""])
        OutboxEntry.objects.using(outbox.alias).update(attempts=attempts)
        outbox.run_once()
    assert others == [0] * 8
    assert len(beats) > 2


def test_nothing_is_entered_in_a_transaction_of_an_executor(outbox):
    class InOneTransaction:
        def __call__(self, intent):
            raise AssertionError("it takes many")

        def dispatch_many(self, intents):
            with transaction.atomic(using=outbox.alias), outbox.connection.execute_wrapper(listen):
                for _ in intents:
                    began = time.monotonic()
                    until(lambda began=began: time.monotonic() - began > 0.3)
                    yield None

    def listen(execute, sql, *arguments):
        statements.append(sql)
        return execute(sql, *arguments)

    statements = []
    with override_settings(AIRLOCK={**with_outbox(LEASE=1, BUDGET=0), "EXECUTOR": InOneTransaction()}):
        for label in ("one", "two", "three"):
            outbox.put(label, [""])
        outbox.run_once()
    assert statements == []
    assert outbox.entries() == []
