"""Naming a task in a test: the task itself, or any of its names."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import partial
from typing import Any, cast

from airlock import Intent
from airlock._naming import aliases, backend_name, definition_of, simple_name, unwrap


class Wanted:
    """What a test says to name a task.

    Raises:
        TypeError: It is neither a task nor a name of one.
    """

    def __init__(self, task: object) -> None:
        if not (isinstance(task, str) or callable(task) or hasattr(task, "name")):
            raise TypeError(f"A task, or a name of one, is wanted; {task!r} is neither")
        self.task = task

    @property
    def name(self) -> str:
        """The task's simple name."""
        if isinstance(self.task, str):
            return self.task.rpartition(":")[2].rpartition(".")[2]
        return simple_name(self.task)

    def names(self, intent: Intent) -> bool:
        """Return whether this names the task of an intent."""
        if isinstance(self.task, str):
            return self.task in names_of(intent)
        task: Any = intent.task
        spellings = (task, unwrap(task), getattr(task, "__func__", None))
        return any(self.task == spelling for spelling in spellings) or self._is_a_variant(task)

    def hint(self, intents: Iterable[Intent]) -> str:
        """Return which task may have been meant, in words; this names none of them."""
        intents = list(intents)
        if not isinstance(self.task, str):
            others = [intent.qualified_name for intent in intents if intent.name == self.name]
            return f"Another task of that name was: {others[0]}." if others else ""
        from difflib import get_close_matches

        matches = get_close_matches(self.task, sorted({name for intent in intents for name in names_of(intent)}), n=1)
        return f"Did you mean {matches[0]!r}?" if matches else ""

    def _is_a_variant(self, task: object) -> bool:
        """Return whether a queue's task is this one with other options, as some queues make a new object for those."""
        if backend_name(task) is None or type(task) is not type(self.task) or isinstance(task, partial):
            return False
        definition = definition_of(task)
        return definition is not type(task) and definition is definition_of(self.task)


def names_of(intent: Intent) -> set[str]:
    """Return every spelling that names the task of an intent."""
    return {intent.name, *aliases(intent.task)}


def wanted_tasks(tasks: object) -> list[Wanted]:
    """Return what one task, or a collection of tasks, names."""
    if isinstance(tasks, str) or not isinstance(tasks, Collection):
        return [Wanted(tasks)]
    return [Wanted(task) for task in cast("Collection[object]", tasks)]
