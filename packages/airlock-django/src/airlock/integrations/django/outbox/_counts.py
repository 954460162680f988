"""What this process has counted since it started."""


class Counts:
    """Counters.

    Attributes:
        sent: How many intents were sent right after the commit of their transaction.
    """

    def __init__(self) -> None:
        self.sent = 0


counts: Counts = Counts()
