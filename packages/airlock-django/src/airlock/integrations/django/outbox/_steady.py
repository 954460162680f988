"""The clock by which a writer tells how much of its lease is left, without asking the database."""

from __future__ import annotations

import time
from typing import Final

# Goes on while the machine sleeps, and is there on Linux.
_CLOCK: Final[int | None] = getattr(time, "CLOCK_BOOTTIME", None)


def steady_time() -> float:
    """Return seconds of a clock that nobody sets."""
    return time.monotonic() if _CLOCK is None else time.clock_gettime(_CLOCK)
