"""`manage.py airlock_outbox`: looking at entries, and deciding about them."""

import json
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from outbox_suites.writer import another, recorder, sent, turned_on

import airlock
from airlock.integrations.django.outbox.inbox import once
from airlock.integrations.django.outbox.models import InboxEntry, OutboxEntry, State

SECRET = "4000 0000 0000 0077"


@pytest.fixture
def outbox(desk):
    """Return what runs the command on the desk's database, and returns what it has printed."""

    def run(*arguments):
        output = StringIO()
        call_command("airlock_outbox", *arguments, "--using", desk.alias, stdout=output)
        text = output.getvalue()
        return json.loads(text) if "--json" in arguments else text

    return run


@pytest.fixture
def entry(desk):
    """Return what records an effect and puts its entry into a state."""

    def make(state=State.PENDING, name=SECRET, **columns):
        with desk.scope(), desk.atomic():
            desk.order(f"{name} {uuid4()}")
        made = desk.entries[-1]
        OutboxEntry.objects.using(desk.alias).filter(id=made.id).update(state=state, **columns)
        return made

    return make


def states(desk):
    return [entry.state for entry in desk.entries]


def relay_once(desk):
    call_command("airlock_relay", once=True, using=desk.alias)


def test_stats_are_printed_line_by_line_and_as_json(outbox, entry):
    entry(State.DEAD)
    assert "dead: 1\n" in outbox("stats")
    assert "relay seen seconds: never\n" in outbox("stats")
    assert outbox("stats", "--json")["dead"] == 1


def test_show_lists_entries_with_their_tasks_and_without_arguments(outbox, entry):
    made = entry(State.DEAD, attempts=5, last_error="BrokerError in note")
    text = outbox("show")
    assert text.startswith(f"{made.id} dead since ")
    assert "5 attempts, outbox_suites.writer.note: BrokerError in note" in text
    assert SECRET not in text + json.dumps(outbox("show", "--json"))


def test_show_has_arguments_when_asked(outbox, entry):
    entry()
    assert SECRET in outbox("show", "--arguments")
    (shown,) = outbox("show", "--arguments", "--json")
    assert SECRET in shown["content"][0]["arguments"]


def test_show_has_ids_as_logs_and_queues_have_them(outbox, desk):
    with desk.scope(), desk.atomic():
        intent = desk.order("first")
    assert str(intent.id) in outbox("show", "--arguments")


def test_show_has_an_id_that_is_none_as_it_stands_there(outbox, entry):
    entry(State.PARKED, body='[{"id": "no id"}]')
    assert "no id" in outbox("show", "--arguments")


def test_show_counts_the_tasks_of_an_entry(outbox, desk):
    with desk.scope(), desk.atomic():
        desk.order("first")
        desk.order("second")
        airlock.enqueue(another, "third")
    (shown,) = outbox("show", "--json")
    assert shown["tasks"] == "outbox_suites.writer.note x 2, outbox_suites.writer.another"


def test_show_can_be_narrowed(outbox, entry):
    ids = [entry(state).id for state in (State.PENDING, State.DEAD, State.PARKED, State.DEAD)]
    assert [shown["id"] for shown in outbox("show", "--state", "dead", "--json")] == [ids[1], ids[3]]
    assert [shown["id"] for shown in outbox("show", str(ids[2]), "--json")] == [ids[2]]
    assert [shown["id"] for shown in outbox("show", "--limit", "1", "--json")] == [ids[0]]
    assert outbox("show", "--state", "dead", "--limit", "0") == "nothing\n"


def test_show_says_what_cannot_be_read(outbox, entry, desk):
    entry(State.PARKED, body="no JSON")
    assert "cannot be read" in outbox("show")


def test_show_has_what_no_calendar_and_no_state_can_be_as_it_stands_there(outbox, entry):
    entry(7, created=10**17, due=-(10**17))
    assert outbox("show", "--json")[0].items() >= {"state": "7", "created": f"{10**17}", "due": f"-{10**17}"}.items()


@pytest.mark.parametrize("state", [State.DEAD, State.PARKED])
def test_what_is_retried_is_sent_by_the_next_relay(outbox, entry, desk, state):
    made = entry(state, attempts=5, due=desk.now + 10**9)
    with turned_on():
        relay_once(desk)
        assert sent == []
        assert outbox("retry", str(made.id), "--json") == {"retried": 1}
        relay_once(desk)
    assert len(sent) == 1
    assert desk.entries == []


def test_a_dead_letter_of_the_relays_is_sent_once_its_cause_is_mended(outbox, desk):
    with turned_on(BUDGET=0, MAX_ATTEMPTS=1):
        with desk.scope(), desk.atomic():
            desk.order("first")
            intent = desk.order("bad")
            desk.order("last")
        recorder.fails = {"bad": ValueError(SECRET)}
        relay_once(desk)
        assert (states(desk), desk.sent) == ([State.DEAD], ["first", "last"])
        recorder.fails = {}
        assert SECRET not in outbox("show")
        assert outbox("retry", "--state", "dead", "--json") == {"retried": 1}
        relay_once(desk)
    assert desk.sent == ["first", "last", "bad"]
    assert sent[-1].id == intent.id
    assert desk.entries == []


def test_what_waits_for_its_next_attempt_can_be_retried_at_once(outbox, entry, desk):
    made = entry(attempts=3, token="", due=desk.now + 10**9)
    assert outbox("retry", str(made.id), "--json") == {"retried": 1}
    assert desk.entries[0].due <= desk.now + 1000
    assert desk.entries[0].attempts == 0


def test_what_somebody_is_sending_is_not_retried(outbox, entry, desk):
    made = entry(token="somebody", due=desk.now + 60_000)
    assert outbox("retry", str(made.id), "--json") == {"retried": 0}
    assert desk.entries[0].token == "somebody"


def test_all_dead_letters_are_retried_by_their_state(outbox, entry, desk):
    for state in (State.DEAD, State.DEAD, State.PARKED):
        entry(state)
    assert outbox("retry", "--state", "dead") == "retried: 2\n"
    assert states(desk) == [State.PENDING, State.PENDING, State.PARKED]


def test_what_is_parked_is_not_sent_and_no_longer_anybodys(outbox, entry, desk):
    made = entry(token="somebody", due=1)
    assert outbox("park", str(made.id), "--json") == {"parked": 1}
    assert (desk.entries[0].state, desk.entries[0].token) == (State.PARKED, "")
    with turned_on():
        relay_once(desk)
    assert sent == []


def test_dead_letters_and_parked_entries_are_purged_by_id(outbox, entry, desk):
    ids = [str(entry(state).id) for state in (State.DEAD, State.PARKED, State.DEAD)]
    assert outbox("purge", *ids[:2], "--json") == {"purged": 2}
    assert [str(entry.id) for entry in desk.entries] == ids[2:]


def test_what_is_to_be_sent_is_never_purged(outbox, entry, desk):
    ids = [str(entry(state).id) for state in (State.DEAD, State.PENDING)]
    with pytest.raises(CommandError, match=rf"Still to be sent, and therefore kept: {ids[1]}\. Park them first"):
        outbox("purge", *ids)
    assert len(desk.entries) == 2


def test_the_inbox_is_purged_by_age(outbox, desk):
    with desk.atomic():
        for age in (0, 3, 5):
            once(id_ := uuid4(), using=desk.alias)
            row = InboxEntry.objects.using(desk.alias).filter(intent=id_)
            row.update(created=desk.now - age * 24 * 60 * 60 * 1000)
    assert outbox("purge", "--inbox", "4", "--json") == {"purged_inbox": 1}
    assert InboxEntry.objects.using(desk.alias).count() == 2


@pytest.mark.parametrize("days", ["-1", "nan", "inf"])
def test_an_age_of_the_inbox_that_is_none_is_refused(outbox, days):
    with pytest.raises(CommandError, match="give a number of days, 0 or more"):
        outbox("purge", f"--inbox={days}")


@pytest.mark.parametrize("action", ["retry", "park"])
def test_what_to_decide_about_has_to_be_said(outbox, action):
    with pytest.raises(CommandError, match="their ids, or --state, one of pending, dead, parked"):
        outbox(action)


def test_what_to_purge_has_to_be_said(outbox):
    with pytest.raises(CommandError, match="the ids of entries, or --inbox DAYS"):
        outbox("purge")


def test_an_entry_that_is_not_there_is_named_and_nothing_is_done(outbox, entry, desk):
    made = entry(State.DEAD)
    with pytest.raises(CommandError, match="There is no entry 987654321 in"):
        outbox("retry", str(made.id), "987654321")
    assert states(desk) == [State.DEAD]


@pytest.mark.parametrize("arguments", [("show", "9" * 30), ("show", "--limit", "9" * 30), ("retry", "9" * 30)])
def test_a_number_that_no_database_has_room_for_is_refused(outbox, arguments):
    with pytest.raises(CommandError, match="invalid"):
        outbox(*arguments)


def test_an_unknown_database_is_named_with_those_there_are():
    with pytest.raises(CommandError, match=r"no 'othr'; it has 'default'"):
        call_command("airlock_outbox", "stats", "--using", "othr")
