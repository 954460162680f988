"""Handing intents to an executor, in order, and knowing exactly how many it has accepted."""

from __future__ import annotations

import logging
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from asgiref.sync import async_to_sync

from airlock import UsageError
from airlock._bypass import Sending
from airlock._configuration import defaults

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator, Iterator, Sequence

    from airlock import Intent

_logger = logging.getLogger("airlock.outbox")

MOST: Final = 500
"""How many intents an executor that takes many is given at once, at most."""


class Outcome(NamedTuple):
    """What came of handing intents over.

    Attributes:
        sent: How many of them the executor has accepted, from the first on.
        error: Why the next one failed, `None` where none did: then all were sent, or it was time to stop.
        unavailable: Whether the error means that the backend is down, and not that this intent is bad.
    """

    sent: int
    error: BaseException | None = None
    unavailable: bool = False


def deliver(
    executor: Any,
    intents: Sequence[Intent],
    proceed: Callable[[int], bool] | None = None,
    most: int = MOST,
    results: list[Any] | None = None,
) -> Outcome:
    """Hand intents to an executor until all are sent, one fails, or it is time to stop.

    Where it takes many at once it is given many, and what was begun is finished: to stop in the middle would leave open
    what has been sent.

    Arguments:
        executor: Who sends them.
        intents: What to send.
        proceed: Called after each that was accepted, with how many there have been; false to stop as soon as may be.
        most: How many to hand over at once, at most.
        results: Where what the executor returns is kept, if it is.
    """
    sent = 0
    while sent < len(intents):
        watch = _Watch(proceed, sent, results)
        outcome = _hand_over(*_next_run(executor, intents[sent : sent + most]), watch)
        sent += outcome.sent
        if outcome.error is not None or watch.is_over:
            return outcome._replace(sent=sent)
    return Outcome(sent)


def route(executor: Any, intent: Intent) -> Any:
    """Return who takes an intent, where an executor hands over to others, each of which has a backend of its own."""
    choose = getattr(executor, "route", None)
    return executor if choose is None else choose(intent)


def _next_run(executor: Any, intents: Sequence[Intent]) -> tuple[Any, Sequence[Intent]]:
    """Return who takes the first intent, and it with those behind it that go the same way."""
    if hasattr(executor, "route"):
        executor, intents = next((who, list(run)) for who, run in groupby(intents, partial(route, executor)))
    if defaults.capture is not None:
        from airlock._left_behind import tell_of_what_stays

        tell_of_what_stays(executor, intents)
    return executor, intents


class _Watch:
    """Asks whether to go on, and remembers that it is over."""

    def __init__(self, proceed: Callable[[int], bool] | None, before: int, results: list[Any] | None) -> None:
        self._proceed = proceed
        self._count = before
        self._results = results
        self.is_over = False

    def tick(self, result: Any) -> None:
        self._count += 1
        if self._results is not None:
            self._results.append(result)
        if self._proceed is not None and not self._proceed(self._count):
            self.is_over = True


def _hand_over(executor: Any, run: Sequence[Intent], watch: _Watch) -> Outcome:
    """Hand over what may be handed over at once."""
    sent = 0
    accepted = _accepted(executor, run)
    try:
        while True:
            try:
                result = next(accepted)
            except StopIteration:
                return Outcome(sent)
            except BaseException as error:
                if sent == len(run):
                    _logger.warning("%r raised %s after it had accepted everything", executor, type(error).__qualname__)
                    return Outcome(sent)
                if isinstance(error, getattr(executor, "unavailable", ())):
                    return Outcome(sent, error, True)
                return _up_to_the_culprit(executor, run, sent, error, watch)
            sent += 1
            watch.tick(result)
            if watch.is_over and _is_one_by_one(executor):
                return Outcome(sent)
    finally:
        accepted.close()


def _up_to_the_culprit(executor: Any, run: Sequence[Intent], sent: int, error: BaseException, watch: _Watch) -> Outcome:
    """Send what comes before the intent that is to blame, where the whole run was held back on its account."""
    named = getattr(error, "intent", None)
    culprit = next((index for index in range(sent, len(run)) if run[index] is named), None)
    if culprit is not None:
        outcome = _hand_over(executor, run[sent:culprit], watch) if culprit > sent else Outcome(0)
        total = sent + outcome.sent
        return Outcome(total, error) if total == culprit else outcome._replace(sent=total)
    if len(run) - sent <= 1 or _is_one_by_one(executor) or not isinstance(error, Exception):
        return Outcome(sent, error)
    # It does not say which one it is.
    for index in range(sent, len(run)):
        outcome = _hand_over(executor, run[index : index + 1], watch)
        if not outcome.sent or watch.is_over:
            return outcome._replace(sent=index + outcome.sent)
    return Outcome(len(run))


def _is_one_by_one(executor: Any) -> bool:
    """Return whether each intent is sent when the executor comes to it, and not before."""
    return not hasattr(executor, "dispatch_many") or getattr(executor, "performs", False)


def _accepted(executor: Any, run: Sequence[Intent]) -> Generator[Any, None, None]:
    """Yield what the executor returns for each intent that it has accepted."""
    dispatch_many = getattr(executor, "dispatch_many", None)
    is_to_send = not getattr(executor, "performs", False)
    results: Iterator[Any] = map(executor, run) if dispatch_many is None else iter(dispatch_many(list(run)))
    count = 0
    try:
        while True:
            with Sending(is_to_send):
                try:
                    result = next(results)
                except StopIteration:
                    break
                if result is not None and hasattr(result, "__await__"):
                    result = _wait_for(result)
            count += 1
            if count > len(run):
                raise UsageError(f"{executor!r} yielded more often than dispatch_many() was given intents, {len(run)}")
            yield result
        if count < len(run):
            raise UsageError(f"{executor!r} ended after {count} of {len(run)} intents")
    finally:
        close = getattr(results, "close", None)
        if close is not None:
            close()


def _wait_for(awaitable: Awaitable[Any]) -> Any:
    async def wait() -> Any:
        return await awaitable

    return async_to_sync(wait)()
