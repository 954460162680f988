"""What was recorded, and the assertions on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from airlock import Intent
from airlock._ledger import Ledger
from airlock.testing import _messages as messages
from airlock.testing._arguments import both_named, misfit
from airlock.testing._differences import clip, differences, equal
from airlock.testing._dropped import Dropped
from airlock.testing._errors import EffectsAssertionError
from airlock.testing._messages import times as in_words
from airlock.testing._tasks import Wanted, wanted_tasks

if TYPE_CHECKING:
    from airlock import Policy, Scope
    from airlock.testing._recorder import RecordingScope

# What unittest leaves out of a traceback.
__unittest = True

Serialize: TypeAlias = Literal["json", "pickle"] | Callable[[Any], Any] | None

_NEAR = 3


class Recording(list[Intent]):
    """The intents that scopes have let out while a test recorded them, in order, and what to assert about them.

    A task is named by itself or by any of its names: `send_sms`, `shop.tasks:send_sms`, `shop.tasks.send_sms`, or the
    name that a queue gave to it. As text, a recording shows where everything comes from.

    Attributes:
        dropped: What was enqueued and will never be dispatched, and why.
    """

    dropped: list[Dropped]

    def __init__(self) -> None:
        super().__init__()
        self.dropped = []
        self._scope: RecordingScope | None = None
        self._waiting: dict[int, tuple[Intent, Scope]] = {}
        self._performed: set[Intent] = set()
        self._followed: list[tuple[Scope, list[Intent]]] = []

    @property
    def pending(self) -> list[tuple[Intent, Scope]]:
        """What was enqueued in a scope that has neither let it out nor dropped it, each with that scope."""
        return list(self._waiting.values())

    def of(self, task: Any) -> list[Intent]:
        """Return the recorded intents of a task, in order.

        Arguments:
            task: The task, or any of its names.
        """
        wanted = Wanted(task)
        self._withdraw()
        return [intent for intent in self if wanted.names(intent)]

    def assert_enqueued_with(
        self, task: Any, /, *args: Any, _dispatch_options: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> Intent:
        """Assert that a task was enqueued with these arguments.

        Whether an argument is given by position, by name or by default makes no difference, as far as the task's
        signature is known. `unittest.mock.ANY` and whatever else has an `__eq__` of its own may stand for a value.

        Arguments:
            task: The task, or any of its names.
            *args: Its positional arguments.
            _dispatch_options: The dispatch options it was enqueued with; any unless given.
            **kwargs: Its keyword arguments.

        Returns:
            The first intent that fits.

        Raises:
            EffectsAssertionError: None does; the message shows what differs.
        """
        __tracebackhide__ = True
        wanted = Wanted(task)
        self._withdraw()
        unlike: dict[int, list[str]] = {}
        for position, intent in enumerate(self):
            if wanted.names(intent):
                lines = _unlike(intent, args, kwargs, _dispatch_options)
                if not lines:
                    return intent
                unlike[position] = lines
        call = Intent(task, args, kwargs, name=wanted.name)
        options = "" if _dispatch_options is None else f" with the options {dict(_dispatch_options)!r}"
        head = f"{clip(str(call), messages.WIDE)}{options} was not enqueued."
        example = self.of(task) or [call]
        reason = "" if isinstance(example[0].task, str) else misfit(example[0].task, args, kwargs)
        if reason:
            head += f"\nIt cannot be called so: {reason}."
        if unlike:
            head += f"\n{wanted.name} was enqueued with other arguments (enqueued != expected)."
        nearest = sorted(unlike, key=lambda position: len(unlike[position]))[:_NEAR]
        raise self._failure(head, wanted, {position: unlike[position] for position in nearest})

    def assert_enqueued(self, task: Any, times: int | None = None) -> list[Intent]:
        """Assert that a task was enqueued, with whatever arguments.

        Arguments:
            task: The task, or any of its names.
            times: How many times exactly; at least once unless given.

        Returns:
            Its intents, in order.

        Raises:
            EffectsAssertionError: It was not, or another number of times.
        """
        __tracebackhide__ = True
        wanted, found = Wanted(task), self.of(task)
        if times is None and not found:
            raise self._failure(f"{wanted.name} was not enqueued.", wanted)
        if times is not None and len(found) != times:
            raise self._failure(f"{wanted.name} was enqueued {in_words(len(found))}, not {in_words(times)}.", wanted)
        return found

    def assert_not_enqueued(self, task: Any) -> None:
        """Assert that a task was not enqueued, with whatever arguments.

        Arguments:
            task: The task, or any of its names.

        Raises:
            EffectsAssertionError: It was.
        """
        __tracebackhide__ = True
        wanted, found = Wanted(task), self.of(task)
        if found:
            raise self._failure(f"{wanted.name} was enqueued {in_words(len(found))}, and should not have been.", wanted)

    def assert_nothing_enqueued(self, except_: Any = ()) -> None:
        """Assert that nothing was enqueued.

        Arguments:
            except_: A task, or a collection of tasks, that may have been.

        Raises:
            EffectsAssertionError: Something was.
        """
        __tracebackhide__ = True
        excepted = wanted_tasks(except_)
        self._withdraw()
        found = [intent for intent in self if not any(wanted.names(intent) for wanted in excepted)]
        if found:
            but = f" but {' and '.join(sorted(wanted.name for wanted in excepted))}" if excepted else ""
            were = "was" if len(found) == 1 else "were"
            raise self._failure(
                f"Nothing{but} should have been enqueued, and {messages.count(found, 'effect')} {were}."
            )

    def assert_count(self, number: int) -> None:
        """Assert how many intents were recorded, of whatever tasks.

        Arguments:
            number: How many.

        Raises:
            EffectsAssertionError: It is another number.
        """
        __tracebackhide__ = True
        self._withdraw()
        if len(self) != number:
            raise self._failure(f"Enqueued: {messages.count(self, 'effect')}, not {number:,}.")

    def run(
        self, recursive: bool = False, only: Any = None, serialize: Serialize = "json", limit: int = 1000
    ) -> list[Intent]:
        """Perform in this process what was recorded and has not been performed yet, as workers of a queue would.

        Each task runs in a scope of its own; what it enqueues is recorded too.

        Arguments:
            recursive: Whether to perform what performed tasks enqueue as well.
            only: A task, or a collection of tasks, to perform; all unless given.
            serialize: How arguments travel to the task: through `"json"`, which makes a tuple a list as queues do,
                through `"pickle"`, through a function that returns a value as it arrives, or as they are (`None`).
            limit: How many tasks that tasks have enqueued to perform before it is taken for an endless loop.

        Returns:
            The recorded intents that were performed, in order.

        Raises:
            EffectsAssertionError: There is no end to what tasks enqueue.
            InvalidIntentError: An argument does not survive the journey.
            UsageError: A task has to be awaited; use `arun()`.
            Exception: Whatever a task raises.
        """
        __tracebackhide__ = True
        from airlock.testing._performing import perform

        return perform(self, recursive, only, serialize, limit)

    async def arun(
        self, recursive: bool = False, only: Any = None, serialize: Serialize = "json", limit: int = 1000
    ) -> list[Intent]:
        """Do what `run()` does, awaiting coroutine functions."""
        __tracebackhide__ = True
        from airlock.testing._performing import aperform

        return await aperform(self, recursive, only, serialize, limit)

    def clear(self) -> None:
        """Forget everything that was recorded, dropped or enqueued up to now."""
        super().clear()
        self.dropped.clear()
        self._waiting.clear()
        self._followed.clear()

    def __str__(self) -> str:
        self._withdraw()
        return messages.describe(self)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {messages.summary(self)}>"

    def __deepcopy__(self, memo: dict[int, Any]) -> Recording:
        """Return a list of the same intents: Django copies what a test class keeps, and scopes cannot be copied."""
        copied = Recording()
        copied.extend(self)
        copied.dropped += self.dropped
        copied._performed |= self._performed
        return copied

    def _saw(self, intent: Intent, scope: Scope) -> None:
        self._waiting[id(intent)] = intent, scope

    def _record(self, intents: Iterable[Intent]) -> None:
        for intent in intents:
            self._waiting.pop(id(intent), None)
            self.append(intent)

    def _follow(self, scope: Scope, intents: list[Intent]) -> None:
        """Note which scope has let intents out, since it may yet withdraw them."""
        self._followed.append((scope, intents))
        self._withdraw()

    def _withdraw(self) -> None:
        """Drop what was rolled back after, or before, its scope ended."""
        followed, self._followed = self._followed, []
        for scope, intents in followed:
            withdrawn = scope._withdrawn(intents)
            if withdrawn:
                self._drop(withdrawn, scope, "rolled back")
            gone = {id(intent) for intent in withdrawn}
            left = [intent for intent in intents if id(intent) not in gone]
            if left and type(scope)._withdrawn is not Ledger._withdrawn:
                self._followed.append((scope, left))

    def _drop(self, intents: Iterable[Intent], scope: Scope, why: Policy | str) -> None:
        gone = list(intents)
        withdrawn = {id(intent) for intent in gone}
        if any(id(intent) in withdrawn for intent in self):
            self[:] = [intent for intent in self if id(intent) not in withdrawn]
        for intent in gone:
            self._waiting.pop(id(intent), None)
            self.dropped.append(Dropped.of(intent, scope, why))

    def _failure(
        self, head: str, wanted: Wanted | None = None, details: Mapping[int, list[str]] | None = None
    ) -> EffectsAssertionError:
        hint = "" if wanted is None else self._hint(wanted)
        message = f"{head}\n{hint}".rstrip() + f"\n\n{messages.describe(self, details, wanted)}"
        return EffectsAssertionError(message, recording=self, task=None if wanted is None else wanted.task)

    def _hint(self, wanted: Wanted) -> str:
        """Return where else the task is, or which one may have been meant, in words."""
        dropped = [entry.intent for entry in self.dropped]
        pending = [intent for intent, _ in self.pending]
        if any(map(wanted.names, self)):
            return ""
        if any(map(wanted.names, dropped)):
            return "It was dropped, see below."
        if any(map(wanted.names, pending)):
            return "It has not been let out yet, see below."
        return wanted.hint([*self, *dropped, *pending])


def _unlike(
    intent: Intent, args: tuple[Any, ...], kwargs: Mapping[str, Any], options: Mapping[str, Any] | None
) -> list[str]:
    """Return how an intent differs from what is expected, nothing where it does not."""
    lines = differences(*both_named(intent.task, (intent.args, intent.kwargs), (args, kwargs)))
    if options is not None and not equal(options, dict(intent.dispatch_options)):
        lines += differences(
            {f"option {key}": value for key, value in intent.dispatch_options.items()},
            {f"option {key}": value for key, value in options.items()},
        )
    return lines
