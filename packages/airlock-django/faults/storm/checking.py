"""Comparing what was sent with what was committed."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

END = "."
"""Ends a line of the recorder: what a kill has cut off was not sent, and spoils no other line."""


class Sent(NamedTuple):
    """One line of the recorder."""

    intent: str
    scope: str
    position: int
    visible: bool


class Wanted(NamedTuple):
    """One intent of which a committed row speaks."""

    intent: str
    scope: str
    position: int
    required: bool


class Report(NamedTuple):
    """What a storm has done; all but the first six should be nothing, and the last says which they are."""

    seed: str
    database: str
    committed: int
    sent: int
    duplicated: int
    dead: int
    lost: int
    leaked: int
    out_of_order: int
    changed_ids: int
    left_over: int
    examples: tuple[object, ...] = ()

    @property
    def faults(self) -> dict[str, int]:
        """What should not be."""
        counted = self._asdict()
        return {name: counted[name] for name in self._fields[6:-1] if counted[name]}

    def __str__(self) -> str:
        counts = ", ".join(
            f"{value:,} {name.replace('_', ' ')}" for name, value in self._asdict().items() if isinstance(value, int)
        )
        return f"{self.database}, seed {self.seed}: {counts}"


def read_sent(file: Path) -> list[Sent]:
    """Return what was sent, in order."""
    if not file.exists():
        return []
    lines = [line.split() for line in file.read_text().split("\n")]
    return [Sent(line[0], line[1], int(line[2]), line[3] == "1") for line in lines if line[-1:] == [END]]


def check(
    seed: str, database: str, wanted: Iterable[Wanted], sent: Sequence[Sent], dead: Iterable[str], left_over: int
) -> Report:
    """Return what was done right and what was not.

    Arguments:
        seed: Where the storm's chance came from.
        database: Which kind.
        wanted: What was committed.
        sent: What was sent, in order.
        dead: The ids of dead letters: those were not sent, and are not lost.
        left_over: How many entries are neither sent nor dead letters after everything is quiet.
    """
    wishes = {wish.intent: wish for wish in wanted}
    first: dict[str, Sent] = {}
    ids: dict[tuple[str, int], set[str]] = {}
    duplicated = early = 0
    for line in sent:
        duplicated += line.intent in first
        early += not line.visible
        first.setdefault(line.intent, line)
        ids.setdefault((line.scope, line.position), set()).add(line.intent)
    latest: dict[str, int] = {}
    out_of_order = 0
    for line in first.values():
        out_of_order += latest.get(line.scope, -1) > line.position
        latest[line.scope] = max(latest.get(line.scope, -1), line.position)
    required = {wish.intent for wish in wishes.values() if wish.required}
    dead = set(dead)
    lost = sorted(required - first.keys() - dead)
    leaked = [line for line in first.values() if line.intent not in wishes]
    examples = (*(wishes[intent] for intent in lost[:5]), *leaked[:5], *[line for line in sent if not line.visible][:5])
    return Report(
        seed=seed,
        database=database,
        committed=len(required),
        sent=len(first),
        duplicated=duplicated,
        dead=len(dead),
        lost=len(lost),
        leaked=len(leaked) + early,
        out_of_order=out_of_order,
        changed_ids=sum(len(found) - 1 for found in ids.values()),
        left_over=left_over,
        examples=examples,
    )


def ids_in(bodies: Iterable[str]) -> set[str]:
    """Return the ids of the intents in some entries."""
    return {intent["id"].replace("-", "") for body in bodies for intent in json.loads(body)}
