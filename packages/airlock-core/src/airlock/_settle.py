"""What becomes of a scope's intents when it flushes: dropped, captured by an ancestor, or free to go.

Everything is asked before anything moves, so that a policy or a hook that raises leaves no half capture behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from airlock._captured import Captured, Entry, flatten
from airlock._errors import UsageError
from airlock._intent import Intent
from airlock._policies import AllowAll, members
from airlock._region import Judging, note_intent, tell_dropped

if TYPE_CHECKING:
    from airlock._policy import Policy
    from airlock._scope import Scope


def settle(scope: Scope, entries: Sequence[Entry]) -> list[Intent]:
    """Judge what a scope has buffered and let its ancestors capture what they want.

    Returns:
        The intents that the scope is to dispatch.

    Raises:
        ScopeStateError: An ancestor has ended already.
        TypeError: A hook returned something else than a list.
        UsageError: A hook returned an intent that it was not given.
    """
    moved: list[Intent] = []
    try:
        parent = scope.parent
        if parent is not None and not scope._judges() and not _has_hook(parent):
            parent._receive(Captured(entries, type(scope)), scope)
            return []
        left = _judge(scope, entries) if scope._judges() else flatten(entries)
        left, captures = _ask_ancestors(scope, left)
        for ancestor, held in captures:
            ancestor._receive(Captured(held, type(scope)), scope)
            moved += held
    except BaseException:
        gone = {id(intent) for _, dropped in scope._dropped for intent in dropped} | {id(intent) for intent in moved}
        scope._due = [intent for intent in flatten(entries) if id(intent) not in gone]
        raise
    finally:
        if scope._observers:
            _tell_dropped(scope)
    return left


def _tell_dropped(scope: Scope) -> None:
    for policy, dropped in scope._dropped:
        tell_dropped(scope, dropped.copy, policy)


def _has_hook(scope: Scope) -> bool:
    from airlock._scope import Scope as Base

    return type(scope).before_descendant_flushes is not Base.before_descendant_flushes


def _judge(scope: Scope, entries: Sequence[Entry]) -> list[Intent]:
    """Ask the local policies of the scope's own intents, and the scope's policy of all."""
    if not scope._has_local_policies:
        return _allowed(scope, _still_wanted(scope, flatten(entries)), scope.policy)
    kept: list[Intent] = []
    for entry in entries:
        left = _still_wanted(scope, flatten([entry]))
        local = entry.local_policies if isinstance(entry, Intent) else ()
        kept += _allowed(scope, left, *local, scope.policy)
    return kept


def _still_wanted(scope: Scope, intents: list[Intent]) -> list[Intent]:
    """Return what may still be dispatched: a policy that remembers is not to keep out the second for a first that may
    not.
    """
    withdrawn = scope._withdrawn(intents)
    if not withdrawn:
        return intents
    scope._withdraw(withdrawn)
    gone = {id(intent) for intent in withdrawn}
    return [intent for intent in intents if id(intent) not in gone]


def _allowed(scope: Scope, intents: list[Intent], *policies: Policy) -> list[Intent]:
    """Return what all policies allow, and enter what one does not among what the scope has dropped."""
    for policy in members(policies):
        if type(policy) is not AllowAll:
            dropped: list[Intent] = []
            scope._dropped.append((policy, dropped))
            intents = _ask(policy, intents, dropped)
    return intents


def _ask(policy: Policy, intents: list[Intent], dropped: list[Intent]) -> list[Intent]:
    allows = policy.allows
    kept: list[Intent] = []
    with Judging():
        for intent in intents:
            try:
                (kept if allows(intent) else dropped).append(intent)
            except Exception as error:
                note_intent(error, policy, intent)
                raise
    return kept


def _ask_ancestors(scope: Scope, left: list[Intent]) -> tuple[list[Intent], list[tuple[Scope, list[Intent]]]]:
    """Ask each ancestor, nearest first, which intents may go now; one that lets an intent through still judges it."""
    captures: list[tuple[Scope, list[Intent]]] = []
    ancestor = scope.parent
    while ancestor is not None and left:
        ancestor._require_active_for(scope)
        allowed = _may_go(ancestor, scope, left)
        held = [intent for intent in left if id(intent) not in allowed]
        if held:
            captures.append((ancestor, held))
        left = [intent for intent in left if id(intent) in allowed]
        left = _allowed(scope, left, ancestor.policy)
        ancestor = ancestor.parent
    return left, captures


def _may_go(ancestor: Scope, scope: Scope, intents: list[Intent]) -> set[int]:
    answer: object = ancestor.before_descendant_flushes(scope, list(intents))
    hook = f"{type(ancestor).__qualname__}.before_descendant_flushes()"
    if not isinstance(answer, list):
        raise TypeError(
            f"{hook} returned {answer!r}: it must return a list, of the intents that may go now ([] to capture all)"
        )
    given = {id(intent) for intent in intents}
    invented = [intent for intent in answer if id(intent) not in given]
    if invented:
        raise UsageError(
            f"{hook} returned {invented[0]!s}, which it was not given: it chooses among the intents it gets",
            intent=invented[0] if isinstance(invented[0], Intent) else None,
            scope=ancestor,
        )
    return {id(intent) for intent in answer}
