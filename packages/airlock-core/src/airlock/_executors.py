"""Executors: finding them by name and by task.

An executor is any callable that takes an intent and hands it to a backend. What it may have besides, looked up by
attribute:

- `accepts(task) -> bool`: whether this kind of task is its own, told by class.
- `dispatch_many(intents)`: an iterator that yields a result for each intent the backend has accepted, in order.
- `unavailable`: the exception classes that mean "the backend is down" and not "this intent is bad".
- `perform(intent)`: runs the task in this process, for a kind of task where calling it is not that.
- `performs`: true for one that runs tasks in this process; what they send themselves is not sent by airlock.
- `carries_context`: true for one that hands over `intent.context`, or runs the task with it in force.
- `registered_name(task)`, `registered_task(name)`: the name of a task in the registry that its backend keeps, and the
  task of a name, loading what the backend itself would load; `None` where the registry holds no such task. An outbox
  writes the one into its table and has the other when it sends, so that no name in a table is ever imported.
- `recordable_options(task) -> Collection[str] | None`: the dispatch options that an outbox may write into its table:
  none that chooses a connection, or has something else run. `None` where all are ignored. Without this, none may be.
- `watch()`, `unwatch()`: begin, and cease, to report what is published to the backend without airlock, by the hook that
  the backend has for it (see `airlock.integrations.bypass`). `watch()` is called again and again, for what has been
  loaded meanwhile, and leaves alone a backend that nobody has imported. Only executors that are installed are asked.

An exception that it raises may carry `intent`, the one that is to blame, and `uncertain_intents`, those that may have
reached the backend although it never said so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

from airlock._errors import UsageError
from airlock._intent import Intent

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

Executor: TypeAlias = Callable[[Intent], object]

GROUP = "airlock.executors"

# They are entry points too, but source that runs without being installed has none.
_OWN = [
    ("auto", "airlock.integrations.executors.auto:auto_executor"),
    ("sync", "airlock.integrations.executors.sync:sync_executor"),
]
_DISTRIBUTIONS = {
    "celery": "airlock-celery",
    "django-q": "airlock-django-q",
    "django-tasks": "airlock-django",
    "dramatiq": "airlock-dramatiq",
    "huey": "airlock-huey",
}


@cache
def installed() -> dict[str, EntryPoint]:
    """Return the entry points of the executors that are installed, by short name, sorted."""
    from importlib.metadata import EntryPoint, entry_points

    found: dict[str, EntryPoint] = {}
    points = [*entry_points(group=GROUP), *(EntryPoint(*own, GROUP) for own in _OWN)]
    for point in sorted(points, key=lambda point: point.name):
        other = found.setdefault(point.name, point)
        if other.value != point.value:
            raise UsageError(
                f"Two distributions offer an executor named {point.name!r}: {other.value} and {point.value}. "
                "Uninstall one, or give the executor itself instead of its name."
            )
    return found


@cache
def find_executor(name: str) -> Executor:
    """Return the executor of that short name, imported on first use.

    Raises:
        UsageError: None is installed under that name.
        TypeError: What is installed under that name is not callable.
    """
    check_name(name)
    point = installed()[name]
    try:
        executor = point.load()
    except Exception as error:
        error.add_note(f"airlock: raised while importing the executor {name!r} from {point.value}")
        raise
    return _check_callable(executor)


def check_executor(executor: Any) -> Executor | str:
    """Return what a caller gives as an executor; a name is looked up, and imported later.

    Raises:
        UsageError: It is a name that is not installed.
        TypeError: It is neither a name nor callable.
    """
    if isinstance(executor, str):
        check_name(executor)
        return executor
    return _check_callable(executor)


def check_name(name: str) -> None:
    """Raise `UsageError` unless an executor of that short name is installed."""
    if name in installed():
        return
    from difflib import get_close_matches

    known = sorted({*installed(), *_DISTRIBUTIONS})
    matches = [name] if name in known else get_close_matches(name, known, n=1)
    cure = ""
    if matches and matches[0] != name:
        cure += f" Did you mean {matches[0]!r}?"
    if matches and matches[0] not in installed():
        cure += f" Run `pip install {_DISTRIBUTIONS[matches[0]]}`."
    raise UsageError(f"No executor named {name!r} is installed.{cure} Installed: {', '.join(installed())}.")


def resolve(executor: Executor | str | None) -> Executor:
    """Return the executor itself, for a name or for nothing given too."""
    if executor is None:
        from airlock.integrations.executors.sync import sync_executor

        return sync_executor
    return find_executor(executor) if isinstance(executor, str) else executor


def executor_for(task: object) -> Any:
    """Return the first installed executor that says a task is of its kind, `None` where none does."""
    for executor in others():
        accepts = getattr(executor, "accepts", None)
        if accepts is not None and accepts(task):
            return executor
    return None


def others() -> Iterator[Any]:
    """Import and return every installed executor but the core's own, in the order of their names."""
    own = [name for name, _ in _OWN]
    return (find_executor(name) for name in installed() if name not in own)


def _check_callable(executor: object) -> Executor:
    if not callable(executor):
        raise TypeError(f"An executor is a callable that takes an intent, or the name of one; {executor!r} is neither")
    if isinstance(executor, type):
        raise TypeError(f"{executor.__name__} is a class, not an executor; write {executor.__name__}()")
    return executor
