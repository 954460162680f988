"""What can be known of a transaction."""

from enum import Enum


class State(Enum):
    """What is known of a transaction."""

    OPEN = "open"
    COMMITTED = "committed"
    ROLLED_BACK = "rolled back"
    UNKNOWN = "over, and Django has dropped the hook that would have said how"
