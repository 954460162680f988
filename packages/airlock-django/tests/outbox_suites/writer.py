"""A shop whose effects are recorded in the outbox, and what looks into the table without using airlock."""

from typing import Any

from django.db import connections
from django.test import override_settings
from scope_suites.shop import Shop

import airlock
from airlock.integrations.django import DjangoScope
from airlock.integrations.django.outbox import register
from airlock.integrations.django.outbox.models import OutboxEntry

sent: list[airlock.Intent] = []


class DownError(Exception):
    """The backend cannot be reached."""


@register
def note(name: str, value: Any = None) -> None:
    """The task."""


@register
def another(name: str) -> None:
    """Another one."""


def unregistered(name: str) -> None:
    """What nobody has registered."""


class Recorder:
    """An executor that remembers, and fails where it is told to."""

    unavailable = (DownError,)

    def __init__(self) -> None:
        self.fails: dict[str, BaseException] = {}
        self.before: Any = None

    def __call__(self, intent: airlock.Intent) -> str:
        if self.before is not None:
            self.before(intent)
        error = self.fails.get(intent.args[0])
        if error is not None:
            raise error
        sent.append(intent)
        return f"handle of {intent.args[0]}"

    def recordable_options(self, task: object) -> set[str]:
        return {"countdown", "queue"}


recorder = Recorder()
OTHER = Recorder()


def turned_on(**outbox: Any) -> Any:
    """Return settings with the outbox turned on."""
    return override_settings(AIRLOCK={"EXECUTOR": recorder, "OUTBOX": outbox})


class Desk(Shop):
    """A shop where an order is a row and an effect that is recorded beside it."""

    sent_intents = sent

    @property
    def sent(self) -> list[str]:
        return [intent.args[0] for intent in sent]

    @sent.setter
    def sent(self, _: list[str]) -> None:
        sent.clear()

    def scope(self, **arguments: Any) -> DjangoScope:
        return DjangoScope(**{"using": self.alias, **arguments})

    send = staticmethod(note)

    @property
    def entries(self) -> list[OutboxEntry]:
        return list(OutboxEntry.objects.using(self.alias).order_by("id"))

    @property
    def now(self) -> int:
        """The time by the database's clock, in milliseconds, asked in another way than airlock does."""
        query = {
            "sqlite": "SELECT CAST(strftime('%s', 'now') AS INTEGER) * 1000",
            "postgresql": "SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)",
            "mysql": "SELECT floor(unix_timestamp(now(3)) * 1000)",
        }[self.connection.vendor]
        with connections[self.alias].cursor() as cursor:
            cursor.execute(query)
            return int(cursor.fetchone()[0])

    def empty(self) -> None:
        super().empty()
        OutboxEntry.objects.using(self.alias).all().delete()
