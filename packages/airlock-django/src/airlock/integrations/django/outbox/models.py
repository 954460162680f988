"""The tables of the outbox; all times in them are milliseconds since the epoch by the clock of their database."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.db import models

if TYPE_CHECKING:
    from uuid import UUID

    from django.utils.functional import _StrOrPromise


class State(models.IntegerChoices):
    """What is to become of an entry."""

    PENDING = 0, "pending"
    DEAD = 1, "dead letter"
    PARKED = 2, "parked"


class OutboxEntry(models.Model):
    """Intents of one scope, recorded in its transaction, until all of them have been sent.

    Attributes:
        id: The order of writing.
        scope: The scope they are from, a UUID in hexadecimal digits.
        part: Which part of what the scope recorded, from 0: many intents are divided among several entries.
        version: The format of `body`.
        audience: Which installation they are meant for, as the setting AUDIENCE says.
        body: The intents, as JSON.
        mac: The signature of everything above but `id`, and of the alias of the database.
        size: How many intents there are.
        done: How many of them are accounted for, from the first on: sent, or copied to a dead letter.
        state: What is to become of it; a dead letter holds one intent that could not be sent, and nobody may send what
            is parked.
        attempts: How often it was claimed since `done` last moved.
        due: When a relay may take it: until then its writer, or another relay, has it.
        token: Whose it is meanwhile: empty for nobody's, the scope for its writer's.
        created: When it was recorded.
        last_error: Why the last attempt failed, without the arguments.
    """

    id: models.BigAutoField[int, int] = models.BigAutoField(primary_key=True)
    scope: models.CharField[str, str] = models.CharField(max_length=32)
    part: models.IntegerField[int, int] = models.IntegerField(default=0)
    version: models.SmallIntegerField[int, int] = models.SmallIntegerField(default=1)
    audience: models.CharField[str, str] = models.CharField(max_length=64, default="", blank=True)
    body: models.TextField[str, str] = models.TextField()
    mac: models.CharField[str, str] = models.CharField(max_length=64)
    size: models.IntegerField[int, int] = models.IntegerField()
    done: models.IntegerField[int, int] = models.IntegerField(default=0)
    state: models.SmallIntegerField[int, int] = models.SmallIntegerField(choices=State.choices, default=State.PENDING)
    attempts: models.IntegerField[int, int] = models.IntegerField(default=0)
    due: models.BigIntegerField[int, int] = models.BigIntegerField()
    token: models.CharField[str, str] = models.CharField(max_length=32, default="", blank=True)
    created: models.BigIntegerField[int, int] = models.BigIntegerField()
    last_error: models.TextField[str, str] = models.TextField(default="", blank=True)

    class Meta:
        """How Django names it."""

        db_table = "airlock_outbox_entry"
        verbose_name: _StrOrPromise = "outbox entry"
        verbose_name_plural: _StrOrPromise = "outbox entries"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["state", "due", "id"], name="airlock_outbox_due"),
            models.Index(fields=["scope", "part"], name="airlock_outbox_scope"),
        ]

    def __str__(self) -> str:
        return f"part {self.part} of scope {self.scope}, {self.done} of {self.size} done"


class InboxEntry(models.Model):
    """An intent that has taken effect here.

    Attributes:
        intent: Its id.
        created: When it was first seen.
    """

    intent: models.UUIDField[UUID, UUID] = models.UUIDField(primary_key=True)
    created: models.BigIntegerField[int, int] = models.BigIntegerField()

    class Meta:
        """How Django names it."""

        db_table = "airlock_outbox_inbox"
        verbose_name: _StrOrPromise = "inbox entry"
        verbose_name_plural: _StrOrPromise = "inbox entries"
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["created"], name="airlock_inbox_created")]

    def __str__(self) -> str:
        return f"intent {self.intent}"


class RelayHeartbeat(models.Model):
    """What a relay leaves behind to be seen.

    Attributes:
        name: Which relay, as host, process id and a random part.
        alias: The database that it serves.
        started: When it was started.
        seen: When it was last there.
        sent: How many intents it has sent.
        failed: How often sending one has failed.
        dead: How many it has made dead letters.
    """

    name: models.CharField[str, str] = models.CharField(max_length=200, primary_key=True)
    alias: models.CharField[str, str] = models.CharField(max_length=100)
    started: models.BigIntegerField[int, int] = models.BigIntegerField()
    seen: models.BigIntegerField[int, int] = models.BigIntegerField()
    sent: models.BigIntegerField[int, int] = models.BigIntegerField(default=0)
    failed: models.BigIntegerField[int, int] = models.BigIntegerField(default=0)
    dead: models.BigIntegerField[int, int] = models.BigIntegerField(default=0)

    class Meta:
        """How Django names it."""

        db_table = "airlock_outbox_heartbeat"
        verbose_name: _StrOrPromise = "relay heartbeat"
        verbose_name_plural: _StrOrPromise = "relay heartbeats"

    def __str__(self) -> str:
        return self.name
