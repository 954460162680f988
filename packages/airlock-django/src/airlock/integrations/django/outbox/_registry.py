"""The tasks that may be recorded, by name: a name in a table is looked up, and never imported.

A task of a queue that keeps a registry of its own is known by its name there, written `celery:shop.tasks.send`. All
others, plain functions and Django's tasks among them, are registered here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from types import FunctionType
from typing import TYPE_CHECKING, Any, TypeVar, overload

from django.utils.module_loading import autodiscover_modules

from airlock import UsageError
from airlock._executors import executor_for, find_executor, installed
from airlock._naming import qualified_name, simple_name
from airlock.integrations.django.outbox._settings import outbox_settings

if TYPE_CHECKING:
    from airlock.integrations.django.outbox._settings import OutboxSettings

T = TypeVar("T")

_tasks: dict[str, Any] = {}
_names: dict[int, tuple[str, Any]] = {}
"""Names by the id of their task, which stands beside it so that no id is used again."""
_loaded_for: list[OutboxSettings] = []


class UnknownTaskError(LookupError):
    """An entry names a task that nothing in this process has registered."""


@overload
def register(task: T, /, *, name: str | None = None) -> T: ...
@overload
def register(*, name: str | None = None) -> Callable[[T], T]: ...
def register(task: Any = None, /, *, name: str | None = None) -> Any:
    """Let the outbox record a task: a function, a Django task, or the task of a queue without a registry.

    It is a decorator, outermost where there are several. The module has to be imported wherever a relay runs: name it
    in `AIRLOCK["OUTBOX"]["TASKS"]`.

    Arguments:
        task: The task.
        name: What entries call it; its dotted path unless given. Give it the old path when a function moves.

    Returns:
        The task itself.

    Raises:
        TypeError: It is neither callable nor a task.
        UsageError: It has no name that another process knows, or another task has that name.

    Example:
        >>> from airlock.integrations.django.outbox import register
        >>> @register(name="shop.welcome")
        ... def welcome(customer):
        ...     print("welcome", customer)
    """
    if task is None:

        def decorator(task: T) -> T:
            return register(task, name=name)

        return decorator
    if not callable(task) and executor_for(task) is None:
        raise TypeError(f"register() takes a function or a queue's task object, and {task!r} is neither")
    _register(task, _path_of(task) if name is None else name)
    return task


def name_of(task: Any) -> str:
    """Return the name by which a task is registered.

    Raises:
        UsageError: It is not.
    """
    name = _own_name(task) or _name_in_queue(task)
    if name is None:
        _load()
        name = _own_name(task)
    if name is None:
        raise UsageError(_cure(task), task=task)
    return name


def task_of(name: str) -> Any:
    """Return the task that is registered by a name.

    Raises:
        UnknownTaskError: None is.
    """
    task = _find(name)
    if task is None:
        _load()
        task = _find(name)
    if task is None:
        _import_tasks_modules()
        task = _find(name)
    if task is not None:
        return task
    raise UnknownTaskError(
        f"no task is registered here as {name!r}: import its module in this process, for instance by naming it in "
        "AIRLOCK['OUTBOX']['TASKS']"
    )


def load() -> None:
    """Import what the setting TASKS names, once.

    Raises:
        ImproperlyConfigured: Something of it cannot be imported.
    """
    _load()


def _find(name: str) -> Any:
    queue, colon, rest = name.partition(":")
    if not colon:
        return _tasks.get(name)
    look_up = getattr(find_executor(queue), "registered_task", None) if queue in installed() else None
    return None if look_up is None else look_up(rest)


@cache
def _import_tasks_modules() -> None:
    """Import what most queues take for the home of tasks, as their workers do: `tasks` in each installed app."""
    autodiscover_modules("tasks")


def _load() -> None:
    settings = outbox_settings()
    if settings is None or (_loaded_for and _loaded_for[0] is settings):
        return
    for path in settings.tasks:
        _load_path(path)
    _loaded_for[:] = [settings]


def _load_path(path: str) -> None:
    from django.core.exceptions import ImproperlyConfigured

    from airlock.integrations.django._imported import imported
    from airlock.integrations.django._problems import SettingError

    try:
        module = import_module(path)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{path}.".startswith(f"{error.name}."):
            raise
        try:
            task = imported(path)
        except SettingError as problem:
            raise ImproperlyConfigured(
                f"AIRLOCK['OUTBOX']['TASKS'] holds {path!r}, which {problem.found}. {problem.hint}".rstrip()
            ) from None
        if id(task) not in _names and _name_in_queue(task) is None:
            _register(task, path)
        return
    for value in list(vars(module).values()):
        if id(value) in _names or isinstance(value, FunctionType) or not _is_django_task(value):
            continue
        if qualified_name(value).startswith(f"{path}:"):
            _register(value, _path_of(value))


def _register(task: Any, name: str) -> None:
    if not name or ":" in name:
        raise UsageError(f"{name!r} is no name for a task: it is text without a colon", task=task)
    other = _tasks.get(name)
    if other is not None and other is not task and _is_another(other, task):
        raise UsageError(f"{name!r} is registered already, for {other!r}: give one of them another name", task=task)
    _tasks[name] = task
    _names[id(task)] = name, task


def _own_name(task: Any) -> str | None:
    found = _names.get(id(task))
    return None if found is None else found[0]


def _is_another(one: Any, other: Any) -> bool:
    """Return whether two are not the same task in a module that was loaded again."""
    return type(one) is not type(other) or qualified_name(one) != qualified_name(other)


def _path_of(task: Any) -> str:
    path = qualified_name(task).replace(":", ".")
    if "<" in path or path.startswith("__main__."):
        raise UsageError(
            f"{task!r} has no path that another process knows: define it at the top level of a module, or give it a "
            "name, register(name=...)",
            task=task,
        )
    return path


def _is_django_task(value: Any) -> bool:
    from airlock.integrations.executors.django_tasks import django_tasks_executor

    return django_tasks_executor.accepts(value)


def _name_in_queue(task: Any) -> str | None:
    """Return the name that a queue's own registry has for a task."""
    executor = None if isinstance(task, FunctionType) else executor_for(task)
    look_up = getattr(executor, "registered_name", None)
    found = None if look_up is None else look_up(task)
    if found is None:
        return None
    queue = next(name for name in installed() if find_executor(name) is executor)
    return f"{queue}:{found}"


def _cure(task: Any) -> str:
    what = f"The outbox cannot record {simple_name(task)}, which no process could find again by a name"
    executor = None if isinstance(task, FunctionType) else executor_for(task)
    if getattr(executor, "registered_name", None) is not None:
        return (
            f"{what}: it is {type(task).__name__}, which the registry of {executor!r} does not hold. Enqueue the task "
            "itself with its arguments, and give options with airlock.options()."
        )
    if not isinstance(task, FunctionType) and _is_django_task(task):
        return (
            f"{what}. Decorate it with @airlock.integrations.django.outbox.register, outermost, or name its module in "
            "AIRLOCK['OUTBOX']['TASKS']; give what using() changes with airlock.options()."
        )
    return f"{what}. Decorate the function with @airlock.integrations.django.outbox.register."
