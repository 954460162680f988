"""The line of the application behind a call that came through Celery."""

from __future__ import annotations

import sys
from types import FrameType

_PASSED = ("airlock", "celery")


def caller() -> tuple[FrameType, int]:
    """Return the innermost frame that is neither Celery's nor ours, and its `stacklevel` for whoever calls this."""
    frame = sys._getframe(1)
    level = 1
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] in _PASSED:
        frame = frame.f_back
        level += 1
    return frame, level
