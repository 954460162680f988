"""The one lock of the core: held for a few instructions, never while foreign code runs."""

from __future__ import annotations

import os
from threading import RLock


class ForkSafeLock:
    """A reentrant lock that a forked child finds free, whatever its parent's threads were doing."""

    __slots__ = ("acquire", "release")

    def __init__(self) -> None:
        self._renew()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._renew)

    def _renew(self) -> None:
        lock = RLock()
        self.acquire = lock.acquire
        self.release = lock.release

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


lock = ForkSafeLock()
