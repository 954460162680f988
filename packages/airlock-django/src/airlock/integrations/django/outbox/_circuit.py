"""Leaving an executor alone for a while whose backend is down, longer each time."""

from __future__ import annotations

from random import uniform
from time import monotonic
from typing import Any, Final

from airlock.integrations.django.outbox._deliver import MOST

_MOST_SUSPECTS: Final = 1_000


def backoff(failures: int, first: float, most: float) -> float:
    """Return how many seconds to wait after so many failures: anything up to twice as long as after one less."""
    return uniform(0, min(most, first * 2 ** min(failures - 1, 32)))


class Circuit:
    """Which executors are to be left alone, and for how long.

    What looks like a backend that is down may be one intent that it refuses in such terms. So an executor that comes
    back is given one intent, then two, then four; and the entry alone with which it seemed to be down is put off by
    itself, longer each time, while others go on.

    Arguments:
        first: How many seconds at most, the first time.
        most: How many seconds at most, any time.
    """

    def __init__(self, first: float, most: float) -> None:
        self._first = first
        self._most = most
        self._down: dict[int, tuple[int, float]] = {}
        self._room: dict[int, int] = {}
        self._suspects: dict[int, int] = {}

    def open(self, executor: Any) -> float:
        """Leave an executor alone from now on, and return for how many seconds."""
        failures = self._down.get(id(executor), (0, 0.0))[0] + 1
        # At least half of it: there is only one question, and that is whether the backend is back.
        longest = min(self._most, self._first * 2 ** min(failures - 1, 32))
        delay = uniform(longest / 2, longest)
        self._down[id(executor)] = failures, monotonic() + delay
        self._room[id(executor)] = 1
        return delay

    def close(self, executor: Any) -> None:
        """Learn that an executor works."""
        if self._down:
            self._down.pop(id(executor), None)
        room = self._room.pop(id(executor), MOST) * 2
        if room < MOST:
            self._room[id(executor)] = room

    def room(self, executor: Any) -> int:
        """Return how many intents may be handed to an executor at once."""
        return self._room.get(id(executor), MOST)

    def suspect(self, entry: int) -> float:
        """Return for how many seconds to leave an entry alone, after an executor seemed to be down with it alone."""
        failures = self._suspects.pop(entry, 0) + 1
        self._suspects[entry] = failures
        if len(self._suspects) > _MOST_SUSPECTS:
            del self._suspects[next(iter(self._suspects))]
        return backoff(failures, self._first, self._most)

    def remaining(self, executor: Any) -> float:
        """Return for how many seconds to leave an executor alone still."""
        if not self._down:
            return 0.0
        return max(0.0, self._down.get(id(executor), (0, 0.0))[1] - monotonic())
