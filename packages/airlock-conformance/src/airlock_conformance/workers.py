"""Real workers, in processes of their own, and waiting for what they do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


def wait_until(condition: Callable[[], T], *, patience: float = 60.0) -> T:
    """Wait until a condition holds, such as that a worker has written something down.

    Arguments:
        condition: Asked again and again, until what it returns is true.
        patience: How many seconds to wait for that at most.

    Returns:
        What the condition returned last, so that `assert wait_until(...)` fails if it never held.

    Example:
        >>> from airlock_conformance.workers import wait_until
        >>> answers = iter([0, 0, 3])
        >>> wait_until(lambda: next(answers))
        3
    """
    until = time.monotonic() + patience
    while not (found := condition()) and time.monotonic() < until:
        time.sleep(0.02)
    return found


@contextmanager
def worker_process(
    *arguments: str,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    log: Path | None = None,
    stop: signal.Signals = signal.SIGTERM,
    patience: float = 20.0,
    may_end: bool = False,
) -> Generator[subprocess.Popen[bytes]]:
    """Run a worker while inside, and end it and all processes it has started afterwards.

    Arguments:
        *arguments: What this Python is to run: `"-m", "huey.bin.huey_consumer", "shop.tasks.huey"`.
        folder: Where the worker finds modules besides, such as those of the tests.
        environment: Variables that it gets besides those of this process.
        log: The file that it writes to; by default it writes where this process does.
        stop: The signal that asks it to end.
        patience: How many seconds it may take to end before it is killed.
        may_end: Whether it may end before it is asked to.

    Returns:
        A context manager for the process.

    Raises:
        AssertionError: It has ended by itself.

    Example:
        >>> from airlock_conformance.workers import worker_process
        >>> with worker_process("-c", "input()") as process:
        ...     process.poll() is None
        True
    """
    paths = [str(folder or ""), os.environ.get("PYTHONPATH", "")]
    variables = {**os.environ, **(environment or {}), "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    with nullcontext() if log is None else log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            env=variables,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield process
        assert may_end or process.poll() is None, f"the worker has ended by itself, with code {process.returncode}"
    finally:
        process.send_signal(stop)
        try:
            process.communicate(timeout=patience)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
