"""Show what airlock does in this project, and why."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from textwrap import wrap
from typing import Any, Literal, cast

from django.core.management.base import BaseCommand, CommandParser

from airlock.integrations.django._overview import overview
from airlock.integrations.django._problems import IDS
from airlock.integrations.django._terminal import Terminal

WIDTH = 80


class Command(BaseCommand):
    """Prints the effective configuration; a broken one, too."""

    help = "Show the effective configuration of airlock, where each value comes from, and what is wrong with it."
    requires_system_checks: list[str] | tuple[str, ...] | Literal["__all__"] = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument("--json", action="store_true", help="Print it for programs to read.")
        parser.add_argument("--ids", action="store_true", help="List the ids of the system checks instead.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print it."""
        found: dict[str, Any] = {"checks": IDS} if options["ids"] else overview()
        if options["json"]:
            self.stdout.write(json.dumps(found, indent=2))
            return
        terminal = Terminal(self.stdout)
        for line in _columns(IDS.items()) if options["ids"] else _lines(found):
            self.stdout.write(terminal.showable(line) if line.startswith(" ") else self._heading(line))

    def _heading(self, line: str) -> str:
        return str(self.style.MIGRATE_HEADING(line))


def _lines(found: dict[str, Any]) -> Iterator[str]:
    yield "Versions"
    yield from _columns(found["versions"].items())
    yield "Configuration"
    if not found["in_force"]:
        yield "  not in force, since AIRLOCK has errors: see the checks below"
    yield from _columns(
        (option, entry["from"], _text(entry["value"])) for option, entry in found["configuration"].items()
    )
    yield "Executors"
    yield from _columns(found["executors"].items())
    yield "Commands with a policy"
    yield from _columns(found["commands"].items()) if found["commands"] else ["  none"]
    yield "Middleware"
    yield f"  {_place(found['middleware'])}"
    yield "Checks"
    if not found["checks"]:
        yield "  nothing is wrong"
    for check in found["checks"]:
        text = f"{check['level']} {check['id'] or ''}: {check['message']} {check['hint'] or ''}"
        yield from wrap(text, WIDTH, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)


def _columns(rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Align columns; where the last one is too long it goes on below itself."""
    table = list(rows)
    widths = [max(map(len, column)) for column in zip(*table, strict=True)][:-1]
    for *cells, last in table:
        start = "  " + "".join(f"{cell:{width}}  " for cell, width in zip(cells, widths, strict=True))
        yield from wrap(
            last, WIDTH, initial_indent=start, subsequent_indent=" " * len(start), break_on_hyphens=False
        ) or [start.rstrip()]


def _text(value: Any) -> str:
    if not isinstance(value, dict):
        return str(value)
    entries = cast("dict[str, str]", value)
    return ", ".join(f"{key}={each}" for key, each in entries.items()) or "none"


def _place(middleware: dict[str, Any]) -> str:
    places = " and ".join(map(str, middleware["positions"]))
    return f"AirlockMiddleware is number {places} of {middleware['of']}" if places else "AirlockMiddleware is not there"
