"""Intents that cannot be sent, and entries that nobody may send; what is beside them goes out."""

import json
import logging
import sys
import time
from uuid import UUID

import pytest
from django.test import override_settings
from outbox_suites.entries import make_due
from outbox_suites.relays import until, with_outbox
from outbox_suites.sending import Down, awaited, healthy, many, vague

import airlock
from airlock.integrations.django import DjangoScope
from airlock.integrations.django.outbox import _registry, register
from airlock.integrations.django.outbox._signing import sign
from airlock.integrations.django.outbox.models import OutboxEntry


def drain(outbox, times=6):
    """Run relays as if time flew."""
    for _ in range(times):
        make_due(outbox.alias)
        outbox.run_once()


def edit(outbox, **fields):
    """Change the newest entry behind the back of everybody."""
    entry = outbox.entries()[-1]
    OutboxEntry.objects.using(outbox.alias).filter(id=entry.id).update(**fields)
    return entry.id


def test_an_intent_that_fails_holds_back_the_later_ones_of_its_scope_and_nothing_else(outbox):
    outbox.put("bad", ["", "raise", ""])
    outbox.put("good", ["", ""])
    outbox.run_once(batch=10)
    assert outbox.sent_of("bad") == [0]
    assert outbox.sent_of("good") == [0, 1]
    (entry,) = outbox.entries()
    assert (entry.done, entry.attempts, entry.state, entry.token) == (1, 1, 0, "")
    assert entry.last_error == "ValueError, task note"


@pytest.mark.parametrize("behaviour", ["raise", "exit"])
def test_what_fails_each_time_becomes_a_dead_letter_alone_and_the_rest_goes_out(outbox, behaviour):
    ids = outbox.put("bad", ["", behaviour, "", ""])
    outbox.put("good", ["", ""])
    drain(outbox)
    assert outbox.sent_of("bad") == [0, 2, 3]
    assert outbox.sent_of("good") == [0, 1]
    (dead,) = outbox.entries()
    assert (dead.state, dead.size, dead.done, dead.attempts) == (1, 1, 0, 3)
    (intent,) = json.loads(dead.body)
    assert intent["id"] == ids[1]
    assert "secret" not in dead.last_error


def test_a_dead_letter_that_is_made_pending_again_is_sent_under_its_old_id(outbox):
    ids = outbox.put("bad", ["raise"])
    drain(outbox)
    (dead,) = outbox.entries(state=1)
    outbox.put("other", [""])
    edit(outbox, part=dead.part)
    OutboxEntry.objects.using(outbox.alias).filter(id=dead.id).update(state=0, due=1, attempts=0)
    drain(outbox)
    (again,) = outbox.entries(state=1)
    assert json.loads(again.body)[0]["id"] == ids[0]
    assert outbox.entries(state=2) == []


def test_the_last_intent_of_an_entry_leaves_nothing_but_its_dead_letter(outbox):
    outbox.put("bad", ["", "raise"])
    drain(outbox)
    assert [entry.state for entry in outbox.entries()] == [1]


def test_logs_name_intent_task_scope_and_attempt_and_no_arguments(outbox, caplog):
    caplog.set_level(logging.INFO)
    (key,) = (str(UUID(key)) for key in outbox.put("bad", ["raise"]))
    (entry,) = outbox.entries()
    drain(outbox)
    warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == 2
    for number, record in enumerate(warnings, 1):
        text = record.getMessage()
        assert all(part in text for part in (key, "task note", entry.scope, f"attempt {number} of 3", "ValueError"))
    (error,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert key in error.getMessage()
    assert "secret" not in caplog.text


@pytest.mark.parametrize(
    "fields",
    [{"mac": "0" * 64}, {"body": "[]"}, {"part": 1}, {"scope": "0" * 32}, {"version": 0}],
    ids=lambda fields: next(iter(fields)),
)
def test_what_was_edited_or_forged_is_parked_and_shouted_about(outbox, caplog, fields):
    outbox.put("forged", [""])
    edit(outbox, **fields)
    outbox.put("good", [""])
    drain(outbox)
    assert {each.label for each in outbox.sent} == {"good"}
    (parked,) = outbox.entries()
    assert parked.state == 2
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert f"parked: entry {parked.id}" in record.getMessage()


def test_what_is_signed_and_cannot_be_read_is_parked(outbox):
    outbox.put("garbled", [""])
    (entry,) = outbox.entries()
    body = "[{"
    edit(outbox, body=body, mac=sign(body, version=1, audience="", alias=outbox.alias, scope=entry.scope, part=0))
    outbox.put("good", [""])
    drain(outbox)
    assert {each.label for each in outbox.sent} == {"good"}
    assert [entry.state for entry in outbox.entries()] == [2]


@pytest.mark.parametrize(
    "change",
    [{"task": "nobody.knows"}, {"executor": "nobody"}, {"options": {"link": 1}}, {"id": "no uuid"}, {"args": 3}],
    ids=lambda change: next(iter(change)),
)
def test_an_intent_that_cannot_be_made_here_becomes_a_dead_letter_alone(outbox, change):
    outbox.put("odd", ["", "", ""])
    (entry,) = outbox.entries()
    intents = json.loads(entry.body)
    intents[1].update(change)
    body = json.dumps(intents)
    edit(outbox, body=body, mac=sign(body, version=1, audience="", alias=outbox.alias, scope=entry.scope, part=0))
    outbox.put("good", [""])
    drain(outbox)
    assert outbox.sent_of("odd") == [0, 2]
    assert outbox.sent_of("good") == [0]
    (dead,) = outbox.entries()
    assert dead.state == 1
    assert change.items() <= json.loads(dead.body)[0].items()


def test_a_newer_version_is_left_as_it_is_for_who_can_read_it(outbox):
    outbox.put("newer", [""])
    edit(outbox, version=2)
    before = OutboxEntry.objects.using(outbox.alias).values().get()
    outbox.put("good", [""])
    outbox.run_once()
    assert {each.label for each in outbox.sent} == {"good"}
    assert OutboxEntry.objects.using(outbox.alias).values().get() == before


def test_what_is_meant_for_another_installation_is_left_to_it(outbox):
    outbox.put("elsewhere", [""])
    edit(outbox, audience="staging")
    outbox.run_once()
    assert outbox.sent == []
    assert [entry.state for entry in outbox.entries()] == [0]


def test_a_backend_that_is_down_uses_up_no_attempts(outbox):
    outbox.set_switch("down")
    outbox.put("one", ["", ""])
    outbox.put("two", [""])
    drain(outbox)
    assert outbox.sent == []
    assert [(entry.attempts, entry.state, entry.token) for entry in outbox.entries()] == [(0, 0, "")] * 2
    outbox.unset_switch("down")
    drain(outbox)
    assert outbox.sent_of("one") == [0, 1]
    assert outbox.sent_of("two") == [0]


def test_a_backend_that_hangs_for_longer_than_the_lease_uses_up_no_attempts(outbox):
    class Hanging:
        unavailable = (Down,)

        def __call__(self, intent):
            asked.append(intent)
            began = time.monotonic()
            until(lambda: time.monotonic() - began > 0.3)
            raise Down

    asked = []
    with override_settings(AIRLOCK={**with_outbox(LEASE=0.1, BUDGET=0, MAX_ATTEMPTS=1), "EXECUTOR": Hanging()}):
        outbox.put("one", ["", ""])
        drain(outbox, times=3)
    assert len(asked) == 3
    assert [(entry.attempts, entry.done, entry.state, entry.token) for entry in outbox.entries()] == [(0, 0, 0, "")]


def test_one_intent_that_its_backend_refuses_as_if_it_were_down_does_not_hold_up_the_others(outbox):
    outbox.put("bad", ["refused"])
    for _ in range(20):
        outbox.put("good", ["", ""])
    with outbox.relay(BACKOFF_FIRST=0.05, BACKOFF_MOST=0.2, BATCH=10):
        until(lambda: [(entry.attempts, entry.state) for entry in outbox.entries()] == [(0, 0)], "the rest")
    assert len(outbox.sent_of("good")) == 40


def test_an_executor_that_routes_is_down_for_no_task_but_those_of_the_backend_that_is(outbox):
    done = []

    @register(name="routed.refuses")
    def refuses():
        raise ConnectionRefusedError

    @register(name="routed.works")
    def works():
        done.append("works")

    with override_settings(AIRLOCK={**with_outbox(BUDGET=0), "EXECUTOR": "auto"}):
        for task in (refuses, works):
            with DjangoScope(using=outbox.alias):
                airlock.enqueue(task)
        drain(outbox)
    assert done == ["works"]
    assert [(entry.state, entry.attempts) for entry in outbox.entries()] == [(1, 3)]


def test_a_module_of_tasks_that_ends_the_program_ends_no_relay(outbox, monkeypatch):
    monkeypatch.setattr(_registry, "_import_tasks_modules", lambda: sys.exit("a script"))
    outbox.put("odd", [""])
    (entry,) = outbox.entries()
    body = json.dumps([{**json.loads(entry.body)[0], "task": "nobody.knows"}])
    edit(outbox, body=body, mac=sign(body, version=1, audience="", alias=outbox.alias, scope=entry.scope, part=0))
    outbox.put("good", [""])
    outbox.run_once()
    assert outbox.sent_of("good") == [0]
    assert [(entry.attempts, entry.last_error) for entry in outbox.entries()] == [(1, "SystemExit, task nobody.knows")]


def test_where_one_backend_is_down_the_others_go_on(outbox):
    outbox.set_switch("down")
    outbox.put("down", [""])
    outbox.put("up", [""], executor=healthy)
    outbox.run_once()
    assert [(entry.attempts, entry.state) for entry in outbox.entries()] == [(0, 0)]
    assert outbox.sent_of("up") == [0]


def test_of_what_is_handed_over_at_once_the_one_that_is_to_blame_is_held_responsible(outbox):
    outbox.put("first", ["", ""], executor=many)
    outbox.put("second", ["", "bad", ""], executor=many)
    outbox.put("third", ["", ""], executor=many)
    outbox.run_once()
    assert outbox.sent_of("first") == [0, 1]
    assert outbox.sent_of("second") == [0]
    assert outbox.sent_of("third") == [0, 1]
    assert [(entry.done, entry.attempts) for entry in outbox.entries()] == [(1, 1)]


def test_where_nobody_says_which_one_is_to_blame_they_are_tried_one_by_one(outbox):
    outbox.put("first", ["", ""], executor=vague)
    outbox.put("second", ["", "bad", ""], executor=vague)
    outbox.put("third", ["", ""], executor=vague)
    outbox.run_once()
    assert outbox.firsts_of("first") == [0, 1]
    assert outbox.firsts_of("second") == [0]
    assert outbox.firsts_of("third") == [0, 1]
    assert [(entry.done, entry.attempts) for entry in outbox.entries()] == [(1, 1)]


def test_executors_that_are_coroutine_functions_are_awaited(outbox):
    outbox.put("awaited", ["", "raise", ""], executor=awaited)
    drain(outbox)
    assert outbox.sent_of("awaited") == [0, 2]
    assert [entry.state for entry in outbox.entries()] == [1]
