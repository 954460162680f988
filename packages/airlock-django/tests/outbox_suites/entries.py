"""Putting entries into the table by the writer's own road, and looking at what is there."""

import uuid
from collections import namedtuple

from django.db import connections

import airlock
from airlock.integrations.django.outbox._entries import divide, insert_entries
from airlock.integrations.django.outbox._settings import required_settings
from airlock.integrations.django.outbox.models import OutboxEntry
from outbox_suites.sending import note

Sent = namedtuple("Sent", "process id label number")


def put(alias, label, behaviours=("",), *, executor=None, leased=False, options=None):
    """Write the entries of one scope, due now unless leased, and return the ids of its intents."""
    settings = required_settings()
    chosen = airlock._executors.resolve(airlock.get_configuration().executor) if executor is None else executor
    intents = [
        airlock.Intent(note, (label, number, behaviour) if behaviour else (label, number), {}, options)
        for number, behaviour in enumerate(behaviours)
    ]
    insert_entries(connections[alias], divide(intents, chosen, settings), uuid.uuid4().hex, settings)
    if not leased:
        make_due(alias)
    return [intent.id.hex for intent in intents]


def make_due(alias):
    """Let every lease be over."""
    OutboxEntry.objects.using(alias).filter(state=0).update(due=1)


def entries(alias, **wanted):
    """Return the rows, oldest first."""
    return list(OutboxEntry.objects.using(alias).filter(**wanted).order_by("id"))


def sent_in(record):
    """Return what was sent."""
    lines = record.read_text().splitlines() if record.exists() else []
    return [Sent(int(process), key, label, int(number)) for process, key, label, number in map(str.split, lines)]
