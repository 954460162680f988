"""An entry that an older airlock has written is read by a newer one; one that a newer has written is left alone."""

import json

import pytest
from outbox_suites.entries import make_due

from airlock.integrations.django.outbox._body import READERS, VERSION
from airlock.integrations.django.outbox._signing import is_signed, sign
from airlock.integrations.django.outbox.models import OutboxEntry


def read_lines(body):
    """Read what might have been version 0: a line for each intent."""
    records = []
    for line in body.splitlines():
        key, label, number, *more = line.split()
        records.append({"id": key, "task": "note", "args": [label, int(number), *more], "kwargs": {}})
    return records


@pytest.fixture
def write_old(outbox, monkeypatch):
    """Write entries as they were in version 0, which this process can read."""
    monkeypatch.setitem(READERS, 0, read_lines)

    def write(label, behaviours):
        ids = outbox.put(label, behaviours)
        body = "\n".join(f"{key} {label} {number} {behaviours[number]}".strip() for number, key in enumerate(ids))
        (entry,) = outbox.entries()
        mac = sign(body, version=0, audience="", alias=outbox.alias, scope=entry.scope, part=0)
        OutboxEntry.objects.using(outbox.alias).filter(id=entry.id).update(version=0, body=body, mac=mac)
        return ids

    return write


def test_an_entry_of_an_older_version_is_sent_under_its_ids(outbox, write_old):
    ids = write_old("old", ["", ""])
    outbox.run_once()
    assert [each.id for each in outbox.sent] == ids
    assert outbox.is_empty()


def test_what_fails_of_an_older_version_becomes_a_dead_letter_of_the_newest(outbox, write_old):
    ids = write_old("old", ["", "raise", ""])
    for _ in range(5):
        make_due(outbox.alias)
        outbox.run_once()
    assert outbox.sent_of("old") == [0, 2]
    (dead,) = outbox.entries(state=1)
    assert (dead.version, dead.size) == (VERSION, 1)
    assert json.loads(dead.body)[0]["id"] == ids[1]
    fields = {"version": dead.version, "audience": "", "alias": outbox.alias, "scope": dead.scope, "part": dead.part}
    assert is_signed(dead.mac, dead.body, **fields)


def test_a_version_that_is_no_longer_read_is_parked(outbox, write_old, monkeypatch):
    write_old("old", [""])
    monkeypatch.delitem(READERS, 0)
    outbox.run_once()
    (entry,) = outbox.entries()
    assert entry.state == 2
    assert "version is 0" in entry.last_error
    assert not outbox.sent
