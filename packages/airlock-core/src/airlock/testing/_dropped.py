"""What will never be dispatched, and why."""

from typing import NamedTuple

from airlock import Intent, Policy, Scope
from airlock._ledger import DISCARDED


class Dropped(NamedTuple):
    """An intent that was enqueued and will never be dispatched.

    Attributes:
        intent: The intent.
        policy: The policy that said no, `None` where none did.
        scope_class: The class of the scope that it was dropped in.
        reason: Why it was dropped, in words: by which policy, or with which scope it was discarded.
    """

    intent: Intent
    policy: Policy | None
    scope_class: type[Scope]
    reason: str

    @classmethod
    def of(cls, intent: Intent, scope: Scope, why: Policy | str) -> "Dropped":
        """Return what to say of an intent that was dropped in a scope, by a policy or for a reason."""
        if isinstance(why, str):
            if why == DISCARDED:
                why += f" with its {type(scope).__qualname__}"
                why += f": {scope._discarded_by}" if scope._discarded_by else ""
            return cls(intent, None, type(scope), why)
        return cls(intent, why, type(scope), f"dropped by {why!r}")

    def __str__(self) -> str:
        return f"{self.intent}: {self.reason}"
