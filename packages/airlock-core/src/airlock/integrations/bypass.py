"""Where the integration of a backend tells of messages that reach it without airlock.

Every backend calls something before it publishes a message: a signal, or a method of a middleware. What an integration
registers there needs one line,

    report("celery", sender, skip=("celery", "kombu"))

and no condition of its own: what airlock sends itself is not reported, and `airlock.configure(bypass=...)` decides what
becomes of the rest. A backend may swallow what is raised in its hook; a test in strict mode fails all the same, since
it collects the reports. What is part of the backend's own doing, such as a retry, is for the integration to leave out:
`called_by()` says which of the backend's functions wants the message. The executor's `watch()` is where to register.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Generator, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final, NamedTuple

from airlock._bypass import Sending, is_sending
from airlock._configuration import defaults
from airlock._errors import BypassError
from airlock._origin import Origin
from airlock._watching import adjust, cease_unless_wanted, collectors

__all__ = ["Bypass", "BypassWarning", "called_by", "collect", "report", "sending", "top_level"]

_IN_BETWEEN: Final = frozenset({"airlock", "ddtrace", "elasticapm", "newrelic", "opentelemetry", "sentry_sdk", "wrapt"})
"""What may stand between two functions of a backend: besides airlock, what wraps them to trace them."""


class BypassWarning(UserWarning):
    """A task reached a backend without going through airlock, and the configuration says to warn."""


class Bypass(NamedTuple):
    """One message that was published without airlock.

    Attributes:
        backend: The name of the backend.
        task: The name of the task.
        origin: The line that sent it, the innermost one outside airlock and the backend.
    """

    backend: str
    task: str
    origin: Origin

    def __str__(self) -> str:
        return f"{self.task} was sent to {self.backend} without airlock at {self.origin}"


def report(backend: str, task: str, *, skip: Collection[str] = ()) -> None:
    """Tell that a backend is about to publish a message; nothing happens where airlock is what sends it.

    Arguments:
        backend: The name of the backend, for messages: `"celery"`.
        task: The task's name, as the backend knows it.
        skip: The top-level packages to skip in search of the line that sent it, besides airlock: the backend's own.

    Raises:
        BypassError: The configuration says `bypass="raise"`.

    Example:
        >>> import airlock
        >>> airlock.configure(bypass="raise")
        >>> report("celery", "send_receipt")
        Traceback (most recent call last):
            ...
        airlock.BypassError: send_receipt was sent to celery without airlock at ...
        >>> airlock.reset_configuration()
    """
    __tracebackhide__ = True
    mode = defaults.bypass
    if is_sending() or (mode == "ignore" and not collectors):
        return
    bypass = Bypass(backend, task, Origin.outside({*_IN_BETWEEN, backend, *skip}, sys._getframe(1)))
    for collector in collectors:
        collector.append(bypass)
    if mode == "raise":
        name = task.rpartition(".")[2]
        raise BypassError(f"{bypass}. Write `airlock.enqueue({name}, ...)` there, inside a scope.")
    if mode == "warn":
        import warnings

        warnings.warn_explicit(str(bypass), BypassWarning, bypass.origin.filename, bypass.origin.line)


def sending() -> Sending:
    """Return a context manager for code that sends for airlock, other than through a scope: nothing is reported there.

    Example:
        >>> with sending():
        ...     report("celery", "send_receipt")
    """
    return Sending()


@contextmanager
def collect() -> Generator[list[Bypass], None, None]:
    """Collect what is reported by any thread, in whatever mode; what tests in strict mode are made of.

    Example:
        >>> with collect() as bypasses:
        ...     report("celery", "send_receipt")
        >>> [bypass.task for bypass in bypasses]
        ['send_receipt']
    """
    found: list[Bypass] = []
    collectors.append(found)
    try:
        adjust()
        yield found
    finally:
        collectors[:] = [collector for collector in collectors if collector is not found]
        cease_unless_wanted()


def called_by(packages: Collection[str]) -> list[tuple[str, str]]:
    """Return the functions of a backend that a hook was called through, innermost first, as module and name.

    They end where code of others begins: with the application that publishes, or with the program that is running.

    Arguments:
        packages: The top-level packages of the backend.

    Example:
        >>> called_by({"queue"})
        []
    """
    found: list[tuple[str, str]] = []
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        module = str(frame.f_globals.get("__name__"))
        package = module.partition(".")[0]
        if package in packages:
            found.append((module, frame.f_code.co_name))
        elif package not in _IN_BETWEEN:
            break
        frame = frame.f_back
    return found


def top_level(*classes: type[Any]) -> Iterator[Any]:
    """Yield every instance of some classes that is at the top level of a loaded module, where applications have queues.

    Example:
        >>> sys in top_level(type(sys))
        True
    """
    for module in list(sys.modules.values()):
        # What is in there need not be a module.
        for value in list(getattr(module, "__dict__", {}).values()):
            if issubclass(type(value), classes):
                yield value
