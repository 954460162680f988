"""Dying at a given step: `FAULTS_KILL="after airlock...._record.insert_entries 1"`.

The steps are functions of airlock, Django and the recorder; here they are wrapped, so that nothing of this is shipped.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

from django.utils.module_loading import import_string


def arm(order: str) -> None:
    """Have this process killed before or after the n-th call of a function."""
    when, path, number = order.split()
    owner_path, _, name = path.rpartition(".")
    owner: Any = _owner(owner_path)
    setattr(owner, name, _deadly(getattr(owner, name), when, int(number)))


def _owner(path: str) -> Any:
    """Return a module, or a class in one."""
    from importlib import import_module

    try:
        return import_module(path)
    except ModuleNotFoundError:
        return import_string(path)


def _deadly(step: Callable[..., Any], when: str, number: int) -> Callable[..., Any]:
    calls = 0

    def wrapped(*arguments: Any, **keywords: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == number and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = step(*arguments, **keywords)
        if calls == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return wrapped
