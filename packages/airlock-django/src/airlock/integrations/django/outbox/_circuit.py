"""Leaving an executor alone for a while whose backend is down, longer each time."""

from __future__ import annotations

from random import uniform
from time import monotonic
from typing import Any


def backoff(failures: int, first: float, most: float) -> float:
    """Return how many seconds to wait after so many failures: anything up to twice as long as after one less."""
    return uniform(0, min(most, first * 2 ** min(failures - 1, 32)))


class Circuit:
    """Which executors are to be left alone, and for how long.

    Arguments:
        first: How many seconds at most, the first time.
        most: How many seconds at most, any time.
    """

    def __init__(self, first: float, most: float) -> None:
        self._first = first
        self._most = most
        self._down: dict[int, tuple[int, float]] = {}

    def open(self, executor: Any) -> float:
        """Leave an executor alone from now on, and return for how many seconds."""
        failures = self._down.get(id(executor), (0, 0.0))[0] + 1
        # At least half of it: there is only one question, and that is whether the backend is back.
        longest = min(self._most, self._first * 2 ** min(failures - 1, 32))
        delay = uniform(longest / 2, longest)
        self._down[id(executor)] = failures, monotonic() + delay
        return delay

    def close(self, executor: Any) -> None:
        """Learn that an executor works."""
        if self._down:
            self._down.pop(id(executor), None)

    def remaining(self, executor: Any) -> float:
        """Return for how many seconds to leave an executor alone still."""
        if not self._down:
            return 0.0
        return max(0.0, self._down.get(id(executor), (0, 0.0))[1] - monotonic())
