"""The one lock of the core: held for a few instructions, never while foreign code runs."""

from __future__ import annotations

import os

# What threading offers under the same name, without the cost of importing it.
from _thread import RLock


class _Guard:
    lock = RLock()


guard = _Guard()
"""Use it as `with guard.lock:`; a forked child has a new one, whatever its parent's threads were doing."""


def _renew() -> None:
    guard.lock = RLock()


if hasattr(os, "register_at_fork"):  # pragma: no branch - Windows does not fork
    os.register_at_fork(after_in_child=_renew)
