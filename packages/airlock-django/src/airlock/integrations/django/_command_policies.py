"""A scope with a policy around commands that are not ours, as AIRLOCK["COMMANDS"] says.

Django keeps a dictionary of the commands there are. A value in it is the name of the app that has the command, or the
command itself, which is then used as it is. What is put there here is both: the name for those who list commands, and
a command that loads the real one when it is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from functools import partial
from threading import local
from typing import TYPE_CHECKING, Any

from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand

import airlock

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

    from airlock import Policy


class GuardedCommand(BaseCommand, str):  # noqa: SLOT000 (commands have attributes)
    """Stands for a command whose `execute` is to run in a scope.

    Whoever uses a command twice expects two: each keeps its options and its output. So the real one is made anew each
    time, and kept only from `create_parser` to `execute`, the two steps of `call_command`.
    """

    def __new__(cls, entry: str, name: str, policy: Policy) -> GuardedCommand:
        return str.__new__(cls, entry)

    def __init__(self, entry: str, name: str, policy: Policy) -> None:
        super().__init__()
        self.entry = entry
        self.policy = policy
        self._name = name
        self._thread = local()

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Return the parser of the real command."""
        self._thread.command = command = self._load()
        parser: CommandParser = command.create_parser(prog_name, subcommand, **kwargs)
        return parser

    def print_help(self, prog_name: str, subcommand: str) -> None:
        """Print the help of the real command."""
        self._load().print_help(prog_name, subcommand)

    def run_from_argv(self, argv: list[str]) -> None:
        """Run the real command as from the command line."""
        self._load().run_from_argv(argv)

    def execute(self, *args: Any, **options: Any) -> Any:
        """Run the real command."""
        command = self._parsed()
        self._thread.command = None
        return command.execute(*args, **options)

    if not TYPE_CHECKING:

        @property
        def base_stealth_options(self) -> Any:
            """Which options of every command the real one takes without a parser for them."""
            return self._parsed().base_stealth_options

        @property
        def stealth_options(self) -> Any:
            """Which options of its own the real command takes without a parser for them."""
            return self._parsed().stealth_options

    def _parsed(self) -> Any:
        return getattr(self._thread, "command", None) or self._load()

    def _load(self) -> Any:
        """Return a new real command whose `execute` runs in a scope."""
        try:
            command: Any = (
                copy(self.entry) if isinstance(self.entry, BaseCommand) else load_command_class(self.entry, self._name)
            )
        except Exception as error:
            error.add_note(f"airlock: raised while loading {self._name!r}, which AIRLOCK['COMMANDS'] puts a policy on")
            raise
        command.execute = partial(_execute, command.execute, self.policy)
        return command


def install(policies: Mapping[str, Policy]) -> None:
    """Put policies around commands, and take away those that were put there before."""
    commands: dict[str, Any] = get_commands()
    for name, command in commands.items():
        if isinstance(command, GuardedCommand):
            commands[name] = command.entry
    for name, policy in policies.items():
        commands[name] = GuardedCommand(commands[name], name, policy)


def installed() -> dict[str, Policy]:
    """Return the policies that are in force."""
    return {name: command.policy for name, command in get_commands().items() if isinstance(command, GuardedCommand)}


def _execute(execute: Any, policy: Policy, *args: Any, **options: Any) -> Any:
    with airlock.scope(policy):
        return execute(*args, **options)
