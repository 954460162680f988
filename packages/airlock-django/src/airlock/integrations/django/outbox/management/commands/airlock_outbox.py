"""Look at an outbox, and decide about what is stuck in it."""

from __future__ import annotations

import json
from math import inf
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connections

from airlock.integrations.django._alias import usual_alias
from airlock.integrations.django.outbox import _operator as operator
from airlock.integrations.django.outbox._clock import moment
from airlock.integrations.django.outbox._stats import stats
from airlock.integrations.django.outbox.models import OutboxEntry, State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airlock.integrations.django.outbox._operator import Entries

STATES = {"pending": State.PENDING, "dead": State.DEAD, "parked": State.PARKED}
_LARGEST = 2**63 - 1
NAMES: dict[int, str] = {state.value: name for name, state in STATES.items()}


class Command(BaseCommand):
    """`manage.py airlock_outbox stats|show|retry|park|purge`, for people, and for programs with `--json`."""

    help = "Show what the outbox holds, and retry, park or purge entries of it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the actions and their options."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        self._add(actions, "stats", "how much is pending, dead or parked, and who sends it")
        show = self._add(actions, "show", "list entries, without the arguments of their tasks")
        self._add_choice(show, "show those")
        show.add_argument(
            "--limit", type=_number, default=50, metavar="N", help="show the N oldest at most; 50 if not given"
        )
        show.add_argument("--arguments", action="store_true", help="show the arguments too, which may be confidential")
        retry = self._add(actions, "retry", "have entries sent at once: dead letters, parked and waiting ones")
        self._add_choice(retry, "retry those")
        park = self._add(actions, "park", "keep entries from being sent until they are retried")
        self._add_choice(park, "park those")
        purge = self._add(actions, "purge", "delete dead letters or parked entries for good, by their ids only")
        purge.add_argument("ids", nargs="*", type=_number, metavar="ID", help="the entries")
        purge.add_argument("--inbox", type=float, metavar="DAYS", help="forget what took effect more than DAYS ago")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what was asked for."""
        alias: str = usual_alias(options["using"])
        if alias not in connections.settings:
            raise CommandError(f"DATABASES has no {alias!r}; it has {', '.join(map(repr, connections.settings))}.")
        try:
            result = getattr(self, f"_{options['action']}")(alias, options)
        except DatabaseError as error:
            if OutboxEntry._meta.db_table in connections[alias].introspection.table_names():
                raise
            raise CommandError(
                f"The database {alias!r} has no outbox: run `manage.py migrate --database {alias}`."
            ) from error
        if options["json"]:
            self.stdout.write(json.dumps(result, ensure_ascii=False, indent=2))
            return
        for line in _lines(result):
            self.stdout.write(line)

    def _add(self, actions: Any, name: str, summary: str) -> CommandParser:
        parser: CommandParser = actions.add_parser(
            name, help=summary, description=f"{summary[0].upper()}{summary[1:]}."
        )
        parser.add_argument("--json", action="store_true", help="print JSON")
        parser.add_argument(
            "--using", metavar="ALIAS", help="the database; the one that the settings name if not given"
        )
        return parser

    def _add_choice(self, parser: CommandParser, what: str) -> None:
        parser.add_argument("ids", nargs="*", type=_number, metavar="ID", help="the entries")
        parser.add_argument("--state", choices=STATES, help=f"{what} in this state")

    def _stats(self, alias: str, options: dict[str, Any]) -> dict[str, Any]:
        return stats(alias)._asdict()

    def _show(self, alias: str, options: dict[str, Any]) -> list[dict[str, Any]]:
        entries = _all(alias) if not (options["ids"] or options["state"]) else _chosen(alias, options)
        return [_shown(entry, options["arguments"]) for entry in entries.order_by("id")[: max(options["limit"], 0)]]

    def _retry(self, alias: str, options: dict[str, Any]) -> dict[str, Any]:
        return {"retried": operator.retry(_chosen(alias, options))}

    def _park(self, alias: str, options: dict[str, Any]) -> dict[str, Any]:
        return {"parked": operator.park(_chosen(alias, options))}

    def _purge(self, alias: str, options: dict[str, Any]) -> dict[str, Any]:
        if not options["ids"] and options["inbox"] is None:
            raise CommandError("Say what to purge: the ids of entries, or --inbox DAYS.")
        result: dict[str, Any] = {}
        if options["ids"]:
            chosen = _chosen(alias, options)
            pending = list(chosen.filter(state=State.PENDING).values_list("id", flat=True))
            if pending:
                raise CommandError(
                    f"Still to be sent, and therefore kept: {', '.join(map(str, pending))}. Park them first."
                )
            result["purged"] = operator.purge(chosen)
        if options["inbox"] is not None:
            if not 0 <= options["inbox"] < inf:
                raise CommandError(f"--inbox is {options['inbox']:g}: give a number of days, 0 or more.")
            result["purged_inbox"] = operator.purge_inbox(alias, options["inbox"])
        return result


def _all(alias: str) -> Entries:
    return OutboxEntry.objects.using(alias)


def _chosen(alias: str, options: dict[str, Any]) -> Entries:
    """Return the entries that are named by ids or a state.

    Raises:
        CommandError: Neither is given, or there is no such entry.
    """
    ids, state = options["ids"], options.get("state")
    if not ids and state is None:
        raise CommandError(f"Say which entries: their ids, or --state, one of {', '.join(STATES)}.")
    entries = _all(alias)
    if ids:
        entries = entries.filter(id__in=ids)
        known = set(entries.values_list("id", flat=True))
        if unknown := [str(id_) for id_ in ids if id_ not in known]:
            raise CommandError(
                f"There is no entry {', '.join(unknown)} in {alias!r}; `airlock_outbox show` lists them."
            )
    return entries if state is None else entries.filter(state=STATES[state])


def _time(stored: int) -> str:
    at = moment(stored)
    return at.isoformat(timespec="seconds") if at else str(stored)


def _shown(entry: OutboxEntry, arguments: bool) -> dict[str, Any]:
    found = operator.contents(entry)
    return {
        "id": entry.id,
        "state": NAMES.get(entry.state, str(entry.state)),
        "scope": entry.scope,
        "part": entry.part,
        "created": _time(entry.created),
        "due": _time(entry.due),
        "attempts": entry.attempts,
        "intents": entry.size - entry.done,
        "tasks": operator.tasks(found) or "cannot be read",
        "last_error": entry.last_error,
        **({"content": [content._asdict() for content in found]} if arguments else {}),
    }


def _number(text: str) -> int:
    """Return a number that a database has room for."""
    number = int(text)
    if abs(number) > _LARGEST:
        raise ValueError
    return number


def _lines(result: dict[str, Any] | list[dict[str, Any]]) -> Iterator[str]:
    if isinstance(result, dict):
        for name, value in result.items():
            yield f"{name.replace('_', ' ')}: {_text(value)}"
        return
    for entry in result:
        attempts = f", {entry['attempts']} attempts" if entry["attempts"] else ""
        error = f": {entry['last_error']}" if entry["last_error"] else ""
        yield f"{entry['id']} {entry['state']} since {entry['created']}{attempts}, {entry['tasks']}{error}"
        for content in entry.get("content", []):
            yield f"    {content['id']} {content['task']} {content['arguments']}"
    if not result:
        yield "nothing"


def _text(value: Any) -> str:
    return "never" if value is None else f"{value:.1f}" if isinstance(value, float) else str(value)
