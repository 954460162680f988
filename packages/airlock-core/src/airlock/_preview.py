"""What a scope would let out if it flushed now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from airlock._captured import Captured, Entry
from airlock._intent import Intent
from airlock._policies import members
from airlock._policy import for_preview
from airlock._region import Judging
from airlock._verdict import Verdict

if TYPE_CHECKING:
    from airlock._policy import Policy
    from airlock._scope import Scope


class Preview(list[Verdict]):
    """The verdicts of a scope's buffered intents, in order; as text it is a tree."""

    def __init__(self, verdicts: list[Verdict], head: str, branches: list[tuple[str, Verdict | str]]) -> None:
        super().__init__(verdicts)
        self._head = head
        self._branches = branches

    def tree(self, limit: int | None = None) -> str:
        """Return a text for people to read, one line an intent, nested as the scopes were.

        Arguments:
            limit: How many intents to show before the rest is only counted; all unless given.
        """
        lines = [self._head]
        shown = 0
        for indent, leaf in self._branches:
            if shown == limit:
                return "\n".join([*lines, f"... and {len(self) - shown:,} more"])
            shown += isinstance(leaf, Verdict)
            lines.append(indent + (_line(leaf) if isinstance(leaf, Verdict) else leaf))
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.tree()


def preview(scope: Scope, entries: Sequence[Entry], also: Sequence[Policy] = ()) -> Preview:
    """Judge entries on copies of the policies of a scope and of all around it, and of others first."""
    copies: dict[int, Policy] = {}
    enclosing = [*also, *_policies_around(scope)]
    verdicts: list[Verdict] = []
    branches: list[tuple[str, Verdict | str]] = []

    def judge(intent: Intent, policies: Sequence[Policy]) -> Verdict:
        for policy in members(policies):
            if id(policy) not in copies:
                copies[id(policy)] = for_preview(policy)
            if not copies[id(policy)].allows(intent):
                return Verdict(intent, False, policy)
        return Verdict(intent, True, None)

    stack: list[tuple[Iterator[tuple[Entry, bool]], str]] = [(_with_last(entries), "")]
    with Judging():
        while stack:
            rest, indent = stack[-1]
            for entry, is_last in rest:
                branch = indent + ("`-- " if is_last else "|-- ")
                if isinstance(entry, Captured):
                    branches.append((branch, f"captured from {entry.scope_class.__qualname__}"))
                    stack.append((_with_last(entry.entries), indent + ("    " if is_last else "|   ")))
                    break
                local = entry.local_policies if len(stack) == 1 else ()
                verdict = judge(entry, [*local, *enclosing])
                verdicts.append(verdict)
                branches.append((branch, verdict))
            else:
                stack.pop()
    allowed = sum(verdict.allowed for verdict in verdicts)
    head = f"{type(scope).__qualname__}: {allowed:,} to dispatch, {len(verdicts) - allowed:,} to drop"
    return Preview(verdicts, head, branches)


def _policies_around(scope: Scope) -> Iterator[Policy]:
    innermost: Scope | None = scope
    while innermost is not None:
        yield innermost.policy
        innermost = innermost.parent


def _line(verdict: Verdict) -> str:
    return f"dispatch {verdict.intent}" if verdict.allowed else f"drop     {verdict.intent}  [{verdict.policy!r}]"


def _with_last(entries: Sequence[Entry]) -> Iterator[tuple[Entry, bool]]:
    last = len(entries) - 1
    return ((entry, position == last) for position, entry in enumerate(entries))
