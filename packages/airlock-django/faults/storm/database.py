"""The database of a storm: made before it, looked at after it."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from storm.checking import Report, Wanted, check, ids_in, read_sent


class NoServerError(Exception):
    """The server of a database does not answer."""


@contextmanager
def database(kind: str, folder: Path) -> Generator[dict[str, str], None, None]:
    """Make a database and yield the variables by which children find it; nothing is left of it afterwards."""
    variables = {"FAULTS_DATABASE": kind, "FAULTS_FOLDER": str(folder), "AIRLOCK_DJANGO_FOLDER": str(folder)}
    os.environ.update(variables, DJANGO_SETTINGS_MODULE="storm.settings")
    import django
    from django.test.utils import setup_databases, teardown_databases

    try:
        django.setup()
    except LookupError as error:
        raise NoServerError(f"no {kind} answers; `make services` starts it") from error
    from django.db import connection

    made = setup_databases(verbosity=0, interactive=False)
    try:
        yield {**variables, "FAULTS_NAME": str(connection.settings_dict["NAME"])}
    finally:
        teardown_databases(made, verbosity=0)


def count_pending() -> int:
    """Return how many entries somebody has still to send."""
    from airlock.integrations.django.outbox.models import OutboxEntry, State

    return OutboxEntry.objects.filter(state=State.PENDING).count()


def clear(folder: Path) -> None:
    """Forget what was before."""
    from airlock.integrations.django.outbox.models import OutboxEntry, RelayHeartbeat
    from storm.models import Wish

    for model in (Wish, OutboxEntry, RelayHeartbeat):
        model.objects.all().delete()
    (folder / "sent").unlink(missing_ok=True)


def examine(seed: str, kind: str, folder: Path) -> Report:
    """Compare what is in the database with what was sent."""
    from airlock.integrations.django.outbox.models import OutboxEntry, State
    from storm.models import Wish

    wishes = [Wanted(*row) for row in Wish.objects.values_list("intent", "scope", "position", "required")]
    dead = ids_in(OutboxEntry.objects.filter(state=State.DEAD).values_list("body", flat=True))
    left_over = OutboxEntry.objects.exclude(state=State.DEAD).count()
    return check(seed, kind, wishes, read_sent(folder / "sent"), dead, left_over)
