"""The policies that come with airlock."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import count
from typing import TYPE_CHECKING

from airlock._errors import PolicyViolation
from airlock._naming import aliases, simple_name, unwrap
from airlock._policy import Policy, Silent, check_policy, for_preview, fresh, observer_of

if TYPE_CHECKING:
    from logging import Logger

    from airlock._intent import Intent


class AllowAll(Silent):
    """Allow every intent; what a scope does unless told otherwise."""

    def allows(self, intent: Intent) -> bool:
        """Return `True`."""
        return True

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


ALLOW_ALL = AllowAll()


class DropAll(Silent):
    """Drop every intent: silence for imports, fixtures and dry runs."""

    def allows(self, intent: Intent) -> bool:
        """Return `False`."""
        return False

    def __repr__(self) -> str:
        return "DropAll()"


class AssertNoEffects:
    """Raise `PolicyViolation` at the line that enqueues anything: for code that must be free of effects."""

    def on_enqueue(self, intent: Intent) -> None:
        """Raise."""
        raise PolicyViolation(
            f"{intent} was enqueued where AssertNoEffects() allows no effect", intent=intent, policy=self
        )

    def allows(self, intent: Intent) -> bool:
        """Return `False`."""
        return False

    def __repr__(self) -> str:
        return "AssertNoEffects()"


class _Tasks:
    """Tasks given as objects or by any of their names."""

    __slots__ = ("_names", "_objects", "_shown")

    def __init__(self, owner: str, tasks: Collection[object]) -> None:
        if isinstance(tasks, str) or not isinstance(tasks, Collection):
            raise TypeError(f"{owner} takes a collection of tasks or names, such as {{'send_sms'}}, not {tasks!r}")
        self._names = {task for task in tasks if isinstance(task, str)}
        self._objects = [task for task in tasks if not isinstance(task, str)]
        wrong = [task for task in self._objects if not (callable(task) or hasattr(task, "name"))]
        if wrong:
            raise TypeError(f"{owner} takes tasks or names of tasks; {wrong[0]!r} is neither")
        if any(simple_name(task) == "<lambda>" for task in self._objects):
            raise TypeError(
                f"{owner} was given a lambda, which matches nothing but that very object. Name the task, or write a "
                "policy with a method allows(intent) where a condition is meant."
            )
        self._shown = ", ".join(
            sorted(repr(task) if isinstance(task, str) else min(aliases(task), key=len) for task in tasks)
        )

    def __contains__(self, task: object) -> bool:
        if self._names and not self._names.isdisjoint(aliases(task)):
            return True
        spellings = (task, unwrap(task), getattr(task, "__func__", None))
        return any(given == spelling for given in self._objects for spelling in spellings)

    def __repr__(self) -> str:
        return f"{{{self._shown}}}"


class BlockTasks:
    """Drop the named tasks and allow all others.

    Arguments:
        tasks: Tasks, or names of tasks in any spelling: `send_sms`, `shop.tasks:send_sms`, `shop.tasks.send_sms`, or
            the name that the queue gave to the task.
        raise_on_enqueue: Whether to raise `PolicyViolation` at the line that enqueues one, too.

    Raises:
        TypeError: `tasks` is not a collection of tasks and names.
    """

    def __init__(self, tasks: Collection[object], raise_on_enqueue: bool = False) -> None:
        self._tasks = _Tasks("BlockTasks", tasks)
        self._raise_on_enqueue = raise_on_enqueue

    def on_enqueue(self, intent: Intent) -> None:
        """Raise for a named task, where that was asked for."""
        if self._raise_on_enqueue and intent.task in self._tasks:
            raise PolicyViolation(f"{intent} was enqueued where {self!r} forbids it", intent=intent, policy=self)

    def allows(self, intent: Intent) -> bool:
        """Return whether the task is none of those named."""
        return intent.task not in self._tasks

    def __repr__(self) -> str:
        return f"BlockTasks({self._tasks!r}{', raise_on_enqueue=True' if self._raise_on_enqueue else ''})"


class AllowTasks(Silent):
    """Allow the named tasks and drop all others.

    Arguments:
        tasks: Tasks, or names of tasks, as in `BlockTasks`.

    Raises:
        TypeError: `tasks` is not a collection of tasks and names.
    """

    def __init__(self, tasks: Collection[object]) -> None:
        self._tasks = _Tasks("AllowTasks", tasks)

    def allows(self, intent: Intent) -> bool:
        """Return whether the task is one of those named."""
        return intent.task in self._tasks

    def __repr__(self) -> str:
        return f"AllowTasks({self._tasks!r})"


class LogOnFlush(Silent):
    """Allow every intent, and log it with its arguments at level INFO when its scope flushes.

    Arguments:
        logger: The logger to use, the one named `airlock` unless given.
    """

    def __init__(self, logger: Logger | None = None) -> None:
        self._logger = logger

    def allows(self, intent: Intent) -> bool:
        """Log the intent and return `True`."""
        if self._logger is None:
            from logging import getLogger

            self._logger = getLogger("airlock")
        self._logger.info("%s", intent)
        return True

    def for_preview(self) -> Policy:
        """Return a policy that does not log."""
        return ALLOW_ALL

    def __repr__(self) -> str:
        return f"LogOnFlush({'' if self._logger is None else repr(self._logger.name)})"


class CompositePolicy:
    """Allow what all of several policies allow; each is asked only about what those before it allow.

    Arguments:
        policies: The policies, asked in this order.

    Raises:
        TypeError: One of them is no policy.
    """

    def __init__(self, *policies: Policy) -> None:
        self._policies = tuple(check_policy(policy) for policy in policies)
        self._observers = [observer for policy in policies if (observer := observer_of(policy)) is not None]

    def on_enqueue(self, intent: Intent) -> None:
        """Show the intent to every policy."""
        for observer in self._observers:
            observer(intent)

    def allows(self, intent: Intent) -> bool:
        """Return whether every policy allows the intent."""
        return all(policy.allows(intent) for policy in self._policies)

    def fresh(self) -> CompositePolicy:
        """Return a composite of unused copies."""
        return CompositePolicy(*(fresh(policy) for policy in self._policies))

    def for_preview(self) -> CompositePolicy:
        """Return a composite of policies that leave no trace."""
        return CompositePolicy(*(for_preview(policy) for policy in self._policies))

    def __repr__(self) -> str:
        return f"CompositePolicy({', '.join(map(repr, self._policies))})"


def members(policies: Iterable[Policy]) -> Iterator[Policy]:
    """Return policies with the members of each composite in its place, so that a verdict names the one that says no."""
    for policy in policies:
        if type(policy) is CompositePolicy:
            yield from members(policy._policies)
        else:
            yield policy


class LimitIntents(Silent):
    """Raise `PolicyViolation` at the line that enqueues one intent too many: the loop that floods a queue.

    Arguments:
        limit: How many intents a scope, and the scopes in it, may enqueue.

    Raises:
        TypeError: The limit is not a whole number.
        ValueError: The limit is negative.
    """

    def __init__(self, limit: int) -> None:
        if not isinstance(limit, int) or isinstance(limit, bool):
            raise TypeError(f"LimitIntents takes a whole number, not {limit!r}")
        if limit < 0:
            raise ValueError(f"LimitIntents takes a limit of 0 or more, not {limit}")
        self._limit = limit
        self._seen = count(1)

    def on_enqueue(self, intent: Intent) -> None:
        """Raise from the intent on that is one too many."""
        if next(self._seen) > self._limit:
            raise PolicyViolation(
                f"{intent} is one intent too many: {self!r} allows {self._limit} in one scope. "
                "Enqueue one task for the whole batch, or raise the limit.",
                intent=intent,
                policy=self,
            )

    def allows(self, intent: Intent) -> bool:
        """Return `True`."""
        return True

    def fresh(self) -> LimitIntents:
        """Return a policy with the same limit that has seen nothing."""
        return LimitIntents(self._limit)

    def __repr__(self) -> str:
        return f"LimitIntents({self._limit})"
