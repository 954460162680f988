"""What the policies say of an intent."""

from typing import NamedTuple

from airlock._intent import Intent
from airlock._policy import Policy

# Real annotations: those that are strings cost a named tuple its share of the import time, by compiling each of them.


class Verdict(NamedTuple):
    """What the policies say of one intent.

    Attributes:
        intent: The intent.
        allowed: Whether every policy allows it.
        policy: The policy that says no, `None` where none does.
    """

    intent: Intent
    allowed: bool
    policy: Policy | None
