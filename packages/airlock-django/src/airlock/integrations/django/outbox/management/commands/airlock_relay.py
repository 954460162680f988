"""Run a relay."""

from __future__ import annotations

from typing import Any, Literal

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import NotSupportedError, OperationalError, connections

from airlock.integrations.django._alias import usual_alias
from airlock.integrations.django.outbox._clock import now_ms_sql
from airlock.integrations.django.outbox._registry import load
from airlock.integrations.django.outbox._relay import Relay
from airlock.integrations.django.outbox._settings import required_settings
from airlock.integrations.django.outbox._signals import Stopping
from airlock.integrations.django.outbox.models import OutboxEntry


class Command(BaseCommand):
    """Sends what was recorded in the outbox and has not gone out since, until it gets SIGTERM or SIGINT."""

    help = "Send what is due in the outbox, now and from now on. Any number of relays can run side by side."
    # Those of models ask a MySQL server, which need not be there yet.
    requires_system_checks: list[str] | tuple[str, ...] | Literal["__all__"] = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument("--once", action="store_true", help="Stop as soon as nothing is due.")
        parser.add_argument("--batch", type=int, metavar="N", help="Claim at most N entries at once, instead of BATCH.")
        parser.add_argument(
            "--using", metavar="ALIAS", help="The database; the one that the settings name if not given."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run it."""
        alias, batch = usual_alias(options["using"]), options["batch"]
        if alias not in connections.settings:
            raise CommandError(f"DATABASES has no {alias!r}; it has {', '.join(map(repr, connections.settings))}.")
        if batch is not None and batch < 1:
            raise CommandError(f"--batch is {batch}: give a whole number, 1 or more.")
        settings = required_settings()
        if batch is not None:
            settings = settings._replace(batch=batch)
        load()
        _check_database(alias)
        stopping = Stopping()
        try:
            Relay(alias, settings, once=options["once"], stopping=stopping).run()
        finally:
            stopping.close()


def _check_database(alias: str) -> None:
    connection = connections[alias]
    try:
        now_ms_sql(connection.vendor)
    except NotSupportedError as error:
        raise CommandError(str(error)) from error
    table = OutboxEntry._meta.db_table
    try:
        has_table = table in connection.introspection.table_names()
    except OperationalError:
        # Not there yet: the relay says so, and waits for it.
        return
    if not has_table:
        raise CommandError(f"The database {alias!r} has no table {table}: run `manage.py migrate --database {alias}`.")
