"""What the executors of queues have in common: everything is checked and serialised before anything is sent."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, Generic, NamedTuple, TypeVar, cast

from airlock import Intent, InvalidIntentError
from airlock._intent import short
from airlock._naming import definition_of

Message = TypeVar("Message")
_NOTHING_YET = object()


class Prepared(NamedTuple, Generic[Message]):
    """An intent and what is to be sent for it."""

    intent: Intent
    message: Message


class QueueExecutor(ABC, Generic[Message]):
    """The executor of a queue: subclass it, and say what is its own, how to prepare a message, and how to send some.

    What the queue cannot take (a task of another kind, an unknown option, an argument that cannot be serialised) is an
    `InvalidIntentError` before anything of the batch is sent.

    Attributes:
        kind: What it takes, in words, for messages: "Celery tasks and signatures".
        options: The dispatch options that it knows.
        unavailable: The exception classes that mean "the backend is down" and not "this intent is bad".
        carries_context: Whether its messages have a place for `intent.context`; where not, a warning says so.
    """

    kind: str
    options: Collection[str] = ()
    unavailable: tuple[type[Exception], ...] = ()
    carries_context: bool = False

    @abstractmethod
    def accepts(self, task: object) -> bool:
        """Return whether a task is of the queue's kind, told by its class."""

    def takes(self, task: object) -> bool:
        """Return whether a task may be sent; more than `accepts` where `auto` must not route all that a queue takes.

        A queue whose tasks are plain functions cannot tell its own from those that are meant to run here.
        """
        return self.accepts(task)

    @abstractmethod
    def prepare(self, intent: Intent) -> Message:
        """Return what is to be sent for an intent, with its arguments serialised; send nothing yet.

        Raises:
            Exception: An option has a wrong value or an argument cannot be serialised.
        """

    @abstractmethod
    def send(self, batch: Sequence[Prepared[Message]]) -> Iterator[Any]:
        """Send a batch, in order, and yield the queue's own handle for each message that the queue has accepted.

        Raises:
            Exception: Whatever the queue raises. Where some messages may have arrived without being acknowledged, name
                them with `mark_uncertain`.
        """

    def options_for(self, intent: Intent) -> Collection[str]:
        """Return the dispatch options that may be given for this task, where that depends on it."""
        return self.options

    def advice(self, option: str) -> str:
        """Return what to do instead of giving an option that there is not; nothing where a close match says it all."""
        return ""

    def perform(self, intent: Intent) -> Any:
        """Run the task in this process, as a worker would; what `sync` does with it."""
        return intent.task(*intent.args, **intent.kwargs)

    def serialise(self, intent: Intent, value: object) -> object:
        """Serialise one argument as the queue would; used to find out which one it cannot take."""
        return value

    def prepare_all(self, intents: Iterable[Intent]) -> list[Prepared[Message]]:
        """Check and serialise intents; send nothing yet.

        Raises:
            InvalidIntentError: One of them cannot be sent.
        """
        prepared: list[Prepared[Message]] = []
        checked: object = _NOTHING_YET
        for intent in intents:
            if intent.task is not checked:
                self._check_task(intent)
                checked = intent.task
            if intent.dispatch_options:
                self._check_options(intent)
            prepared.append(Prepared(intent, self._prepare(intent)))
        return prepared

    def dispatch_many(self, intents: Iterable[Intent]) -> Iterator[Any]:
        """Check and serialise all intents, then send them."""
        yield from self.send(self.prepare_all(intents))

    def __call__(self, intent: Intent) -> Any:
        """Send one intent and return the queue's handle."""
        (handle,) = self.dispatch_many([intent])
        return handle

    def __repr__(self) -> str:
        return type(self).__name__

    def _prepare(self, intent: Intent) -> Message:
        try:
            return self.prepare(intent)
        except InvalidIntentError:
            raise
        except Exception as error:
            raise InvalidIntentError(
                f"{self!r} cannot send {intent}{self._culprit(intent)}: {type(error).__name__}: {error}", intent=intent
            ) from error

    def _check_task(self, intent: Intent) -> None:
        if not self.takes(intent.task):
            raise InvalidIntentError(
                f"{self!r} takes {self.kind}, and {intent} is none: {short.repr(intent.task)}. "
                "The executor 'auto' sends each task the way its kind goes.",
                intent=intent,
            )

    def _check_options(self, intent: Intent) -> None:
        options = self.options_for(intent)
        unknown = next((option for option in intent.dispatch_options if option not in options), None)
        if unknown is not None:
            advice = self.advice(unknown)
            hint = f" ({advice})" if advice else _hint(unknown, options)
            raise InvalidIntentError(f"{self!r} has no option {unknown!r}{hint}, for {intent}", intent=intent)

    def _culprit(self, intent: Intent) -> str:
        """Return which argument cannot be serialised, in words; nothing where all can."""
        names = _parameters(intent.task)
        named = [*zip((*names, *range(len(names) + 1, len(intent.args) + 1)), intent.args, strict=False)]
        for name, value in (*named, *intent.kwargs.items()):
            try:
                self.serialise(intent, value)
            except Exception:
                return f", argument {name!r} is {short.repr(value)}"
        return ""


def _hint(option: str, options: Collection[str]) -> str:
    from difflib import get_close_matches

    matches = get_close_matches(option, options, n=1)
    if matches:
        return f" (did you mean {matches[0]!r}?)"
    return f" (it has {', '.join(sorted(options))})" if options else " (it has none)"


def _parameters(task: object) -> list[str]:
    """Return the names of a task's positional parameters, as far as they are known."""
    from inspect import Parameter, signature

    definition = definition_of(task)
    if definition is type(task) or isinstance(task, partial):
        return []
    try:
        parameters = signature(cast("Callable[..., object]", definition)).parameters.values()
    except (TypeError, ValueError):
        return []
    kinds = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
    return [parameter.name for parameter in parameters if parameter.kind in kinds and parameter.name != "self"]


def mark_uncertain(error: BaseException, intents: Iterable[Intent]) -> None:
    """Note on an error which intents may have reached the backend although it never said so."""
    vars(error)["uncertain_intents"] = tuple(intents)
