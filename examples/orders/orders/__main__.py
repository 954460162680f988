"""The command line: policies say what may get out, an executor says how, and a dry run that nothing does."""

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import airlock

from .effects import pick, send_receipt, write_audit, write_to
from .importer import UnreadableFile, import_orders
from .shop import MalformedOrder

TASKS = [task.__name__ for task in (send_receipt, pick, write_audit)]
SHOWN = 4


class DryRun(airlock.Scope):
    """Judges every effect like a real run and lets none of them out."""

    def should_flush(self, error: BaseException | None) -> bool:
        return False


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parse(arguments)
    scope_class = DryRun if options.dry_run else airlock.Scope
    write_to(options.output)
    try:
        scope = scope_class(_policy(options), executor=options.executor)
    except (airlock.UsageError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    try:
        with scope:
            import_orders(options.file, skip_malformed=options.skip_malformed)
            preview = scope.preview()
    except Exception as error:
        if scope.undispatched:
            return _complain(f"{scope.undispatched[0]}: {type(error).__name__}: {error}", scope, 1)
        if isinstance(error, UnreadableFile | MalformedOrder):
            return _complain(error, scope, 2)
        if isinstance(error, airlock.PolicyViolation):
            return _complain(error, scope, 1)
        raise
    if options.dry_run:
        print(preview.tree(limit=SHOWN))
    _show_counts(preview, scope)
    return 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m orders")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser("import", help="import a file of orders")
    command.add_argument("file", type=Path, metavar="FILE", help="the orders, as CSV")
    command.add_argument("--output", type=Path, metavar="DIR", required=True, help="where the effects leave traces")
    command.add_argument("--dry-run", action="store_true", help="show what would happen and let nothing out")
    command.add_argument("--skip-malformed", action="store_true", help="report malformed rows and go on")
    command.add_argument("--block", action="append", choices=TASKS, metavar="TASK", help="drop all effects of a task")
    command.add_argument("--once", action="store_true", help="drop an effect that was wanted before")
    command.add_argument("--limit", type=int, metavar="NUMBER", help="give up when there are more effects than that")
    command.add_argument("--executor", metavar="NAME", help="what carries the effects out: an installed executor")
    return parser.parse_args(arguments)


def _policy(options: argparse.Namespace) -> airlock.Policy:
    policies: list[airlock.Policy] = []
    if options.block:
        policies.append(airlock.BlockTasks(options.block))
    if options.once:
        policies.append(airlock.DropDuplicates())
    if options.limit is not None:
        policies.append(airlock.LimitIntents(options.limit))
    return policies[0] if len(policies) == 1 else airlock.CompositePolicy(*policies)


def _complain(problem: object, scope: airlock.Scope, status: int) -> int:
    print(f"error: {problem}", file=sys.stderr)
    print(f"{len(scope.intents):,} effects held back, {len(scope.dispatched):,} let out", file=sys.stderr)
    return status


def _show_counts(preview: airlock.Preview, scope: airlock.Scope) -> None:
    held_back = Counter(verdict.intent.name for verdict in preview)
    dropped = Counter(verdict.intent.name for verdict in preview if not verdict.allowed)
    let_out = Counter(intent.name for intent in scope.dispatched)
    for name, count in held_back.items():
        print(f"{name:<14}{count:>7,} held back{dropped[name]:>8,} dropped{let_out[name]:>8,} let out")


if __name__ == "__main__":
    sys.exit(main())
