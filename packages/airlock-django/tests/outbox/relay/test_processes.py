"""Relays in processes of their own: several at once, stopped, killed, held up and told to end."""

import signal

from outbox_suites.entries import make_due
from outbox_suites.relays import HELD, PATIENCE, until

from airlock.integrations.django.outbox.models import RelayHeartbeat


def heartbeats(outbox):
    return list(RelayHeartbeat.objects.using(outbox.alias).values_list("sent", flat=True))


def stop(process):
    process.send_signal(signal.SIGTERM)
    return process.wait(PATIENCE)


def test_while_one_relay_is_held_up_another_does_the_rest_and_everything_is_sent_once(outbox):
    outbox.put("held", ["wait", ""])
    labels = [f"scope{number}" for number in range(50)]
    for label in labels:
        outbox.put(label, ["", "", ""])
    with outbox.relay("--batch=1"), outbox.relay("--batch=1"):
        until(lambda: outbox.has_switch("waiting") and len(outbox.entries()) == 1)
        outbox.set_switch("go")
        until(outbox.is_empty)
    assert outbox.sent_of("held") == [0, 1]
    assert all(outbox.sent_of(label) == [0, 1, 2] for label in labels)
    assert len({each.process for each in outbox.sent}) == 2


def test_the_parts_of_one_scope_go_out_in_order_whichever_relay_has_them(outbox, settings_with):
    with settings_with(CHUNK_INTENTS=2):
        outbox.put("long", [""] * 60, leased=True)
        outbox.put("other", [""] * 60, leased=True)
    with outbox.relay(), outbox.relay(), outbox.relay():
        until(lambda: len(heartbeats(outbox)) == 3, "the third relay")
        make_due(outbox.alias)
        until(outbox.is_empty)
    assert outbox.sent_of("long") == outbox.sent_of("other") == list(range(60))


def test_what_a_relay_had_claimed_that_was_killed_before_it_sent_anything_goes_out_after_its_lease(outbox):
    outbox.put("one", ["", "", ""])
    with outbox.relay(program=HELD, LEASE=1) as killed:
        until(lambda: outbox.has_switch("claimed"))
        killed.kill()
    assert [entry.attempts for entry in outbox.entries()] == [1]
    with outbox.relay():
        until(outbox.is_empty)
    assert outbox.sent_of("one") == [0, 1, 2]


def test_a_relay_that_is_stopped_for_longer_than_its_lease_does_nothing_more_with_what_it_has_lost(outbox):
    ids = outbox.put("one", ["wait", "", ""])
    with outbox.relay(LEASE=1, BUDGET=0) as stopped:
        until(lambda: outbox.has_switch("waiting"))
        stopped.send_signal(signal.SIGSTOP)
        outbox.set_switch("go")
        with outbox.relay(LEASE=1, BUDGET=0):
            until(outbox.is_empty)
        assert outbox.sent_of("one") == [0, 1, 2]
        stopped.send_signal(signal.SIGCONT)
        until(lambda: "had another relay" in outbox.log)
        assert stop(stopped) == 0
    assert [each.number for each in outbox.sent if each.process == stopped.pid] == [0]
    assert {each.id for each in outbox.sent} == set(ids)


def test_a_relay_that_is_told_to_end_finishes_the_intent_in_hand_and_gives_back_the_rest(outbox):
    outbox.put("in_hand", ["wait", "", ""])
    outbox.put("later", ["", ""])
    with outbox.relay() as process:
        until(lambda: outbox.has_switch("waiting"))
        assert len(heartbeats(outbox)) == 1
        process.send_signal(signal.SIGTERM)
        outbox.set_switch("go")
        assert process.wait(PATIENCE) == 0
    assert [(each.label, each.number) for each in outbox.sent] == [("in_hand", 0)]
    assert [(entry.done, entry.attempts, entry.token) for entry in outbox.entries()] == [(1, 0, ""), (0, 0, "")]
    assert heartbeats(outbox) == []
    outbox.run_once()
    assert outbox.sent_of("in_hand") == [0, 1, 2]


def test_an_intent_that_kills_its_process_each_time_becomes_a_dead_letter_alone(outbox):
    outbox.put("before", ["", ""])
    outbox.put("deadly", ["", "die", ""])
    labels = [f"beside{number}" for number in range(5)]
    for label in labels:
        outbox.put(label, ["", ""])
    died = 0
    while outbox.entries(state=0):
        with outbox.relay("--once") as process:
            died += process.wait(PATIENCE) == 9
        make_due(outbox.alias)
    (dead,) = outbox.entries()
    assert (dead.state, dead.size) == (1, 1)
    assert "its process ended 3 times" in dead.last_error
    # The first of them cannot be told from a kill in the middle of what was sent before.
    assert died <= 4
    assert outbox.firsts_of("deadly") == [0, 2]
    assert all(outbox.firsts_of(label) == [0, 1] for label in ("before", *labels))
    assert len(outbox.entries(state=1)) == 1


def test_a_relay_looks_again_by_itself_and_tells_what_it_has_done(outbox):
    with outbox.relay() as process:
        until(lambda: heartbeats(outbox))
        outbox.put("one", ["", ""])
        until(outbox.is_empty)
        assert stop(process) == 0
    assert "sent=2" in outbox.log
