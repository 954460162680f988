"""Objects that are no task of the queue under test, though they look like one."""

from __future__ import annotations

from typing import Any, Final


class Lookalike:
    """The task of some other queue: it has every method that a task object may have, and notes each use."""

    def __init__(self, name: str) -> None:
        self.name = self.actor_name = self.task_name = name
        self.used: list[str] = []

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        self.used.append("called")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name in ("fn", "func", "run"):
            raise AttributeError(name)

        def method(*args: Any, **kwargs: Any) -> None:
            self.used.append(name)

        return method

    def __repr__(self) -> str:
        return f"<Lookalike {self.name}>"


class Unfriendly:
    """An object that cannot be asked for anything."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(f"asked for {name}")


STRANGERS: Final[dict[str, object]] = {
    "nothing": None,
    "a number": 5,
    "a name": "note",
    "an object": object(),
    "a class": Exception,
    "the task of another queue": Lookalike("note"),
    "an object that cannot be asked": Unfriendly(),
}
