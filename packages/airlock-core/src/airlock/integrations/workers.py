"""What the integration of a backend needs inside its worker.

Most workers run one task after the other in the same context, so a scope that one of them enters and never leaves would
take whatever the next ones enqueue, and send none of it. `close_leaked()` belongs where a task starts, before its
scope. What the message carried of the context of its sender is put back in force by `restored()`, around that scope.
"""

from __future__ import annotations

import logging
from contextlib import suppress

from airlock import Scope
from airlock._region import OUTSIDE, get_region, set_region
from airlock._restoring import restored
from airlock._turns import outwards

__all__ = ["close_leaked", "restored"]

_logger = logging.getLogger("airlock")


def close_leaked(task: str) -> None:
    """Report and close the scopes and local policies that are open where a worker starts a task.

    Arguments:
        task: The name of the task that starts.
    """
    region = get_region()
    if region is OUTSIDE:
        return
    scopes = [outer for outer in outwards(region) if isinstance(outer, Scope) and outer.is_active]
    set_region(OUTSIDE)
    if not scopes:
        _logger.error(
            "A local policy, or a scope that has ended, was still in force when the task %s started. A task that ran "
            "before in this process has left it so; use `with`.",
            task,
        )
    for scope in scopes:
        # It is out of the way already, and whatever a class of its own makes of this is not the task's affair.
        with suppress(Exception):
            scope.exit()
            scope.discard()
        names = ", ".join(intent.name for intent in scope.intents)
        _logger.error(
            "A %s was still open when the task %s started, and is closed now. A task that ran before in this process "
            "has entered it and never left it; use `with`. What it held is not sent: %s.",
            type(scope).__qualname__,
            task,
            names or "nothing",
        )
