"""Management commands whose effects wait for their end, and that can be tried out."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections, transaction

import airlock
from airlock.integrations.django._preview_output import print_preview

if TYPE_CHECKING:
    from airlock import Intent, Scope

OPTION = "--dry-run"


class AirlockCommand(BaseCommand):
    """Mix-in that runs a command in a scope, and gives it `--dry-run`.

    The effects go out when `handle()` has returned, and none do if it raises.

    With `--dry-run` nothing is sent. The command prints what would be, and leaves the databases as they were: it
    runs in a transaction on each one in `DATABASES`, which is rolled back. What it does to files, caches and other
    machines stays done; `handle()` finds `dry_run` among its options and can leave that out. What a database cannot
    roll back, such as most changes to tables on MySQL, stays done too. What it enqueues in threads that it starts is
    not held back.

    Example:
        >>> import airlock
        >>> from airlock.integrations.django import AirlockCommand
        >>> from django.core.management import call_command
        >>> class Command(AirlockCommand):
        ...     def handle(self, *args, **options):
        ...         airlock.enqueue(print, "a reminder")
        >>> call_command(Command(), dry_run=True)
        DjangoScope: 1 to dispatch, 0 to drop
        `-- dispatch print('a reminder')
        >>> call_command(Command())
        a reminder
    """

    dry_run_rolls_back: bool = True
    """Whether a dry run takes place in transactions that are rolled back. Set it to `False` for a command that opens
    `transaction.atomic(durable=True)` or else cannot run in a transaction, and that heeds `dry_run` itself."""

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Return the parser of the command, with `--dry-run`.

        Raises:
            CommandError: The command has an option of that name that is no flag called `dry_run`.
        """
        parser: CommandParser = super().create_parser(prog_name, subcommand, **kwargs)
        # A command that has the option already means the same by it, and gets the preview besides.
        own = next((action for action in parser._actions if OPTION in action.option_strings), None)
        if own is None:
            parser.add_argument(
                OPTION,
                action="store_true",
                help="Change and send nothing; print what would be sent, with -v 2 all of it.",
            )
        elif own.dest != "dry_run" or own.nargs != 0:
            raise CommandError(
                f"{type(self).__module__} has an option {OPTION} that is no flag stored as 'dry_run', and "
                "AirlockCommand adds one. Rename it, or write action='store_true'."
            )
        return parser

    def execute(self, *args: Any, **options: Any) -> Any:
        """Run the command in a scope, or try it out."""
        if not options.get("dry_run"):
            with airlock.scope():
                return super().execute(*args, **options)
        with _held_back() as scope, self._undone():
            output = super().execute(*args, **options)
            preview = scope.preview()
        print_preview(self, preview, options)
        return output

    @contextmanager
    def _undone(self) -> Generator[None]:
        """Run a block in a transaction on every database, and roll all of them back."""
        with ExitStack() as transactions:
            aliases = list(_databases()) if self.dry_run_rolls_back else []
            for alias in aliases:
                transactions.enter_context(transaction.atomic(using=alias))
            try:
                yield
            except RuntimeError as error:
                if "durable" in str(error):
                    error.add_note(f"airlock: {OPTION} runs in a transaction; see AirlockCommand.dry_run_rolls_back")
                raise
            for alias in aliases:
                transaction.set_rollback(True, using=alias)


def _databases() -> Iterator[str]:
    for alias, database in connections.settings.items():
        if database["ENGINE"] != "django.db.backends.dummy":
            yield alias


def _never(scope: Scope, error: BaseException | None) -> bool:
    return False


def _none(scope: Scope, exiting_scope: Scope, intents: list[Intent]) -> list[Intent]:
    return []


def _held_back() -> Scope:
    """Return a scope as the project has configured it that lets nothing out."""
    configured = airlock.get_configuration()
    scope_class: Any = configured.scope_cls or airlock.Scope
    members: dict[str, Any] = {
        "__module__": scope_class.__module__,
        "__qualname__": scope_class.__qualname__,
        "__doc__": scope_class.__doc__,
        "should_flush": _never,
        "before_descendant_flushes": _none,
    }
    held_back: Any = type(scope_class)(scope_class.__name__, (scope_class,), members)
    scope: Scope = airlock.scope(_cls=held_back, **configured.scope_kwargs)
    scope._discarded_by = OPTION
    return scope
