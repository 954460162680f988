"""Printing what a command would send."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.core.management.color import no_style

from airlock.integrations.django._terminal import Terminal

if TYPE_CHECKING:
    from django.core.management.base import BaseCommand

    from airlock import Preview

LIMIT = 100
"""How many intents are shown unless the command is told to be verbose."""


def print_preview(command: BaseCommand, preview: Preview, options: Mapping[str, Any]) -> None:
    """Print a preview on a command's standard output: its head at verbosity 0, all of it from 2 on.

    Arguments:
        command: The command, of which it takes the output and the colours.
        preview: What would be sent.
        options: The options of the command.
    """
    verbosity = options.get("verbosity", 1)
    lines = preview.tree({0: 0, 1: LIMIT}.get(verbosity)).split("\n")
    terminal = Terminal(command.stdout)
    style = command.style if terminal.is_interactive or options.get("force_color") else no_style()
    for line in lines[:1] if verbosity == 0 else lines:
        command.stdout.write(_painted(terminal.fitted(line), style))


def _painted(line: str, style: Any) -> str:
    verb = line.lstrip("|`- ").partition(" ")[0]
    paint = {"dispatch": style.SUCCESS, "drop": style.WARNING, "captured": style.HTTP_INFO}.get(verb)
    return str(line if paint is None else paint(line))
