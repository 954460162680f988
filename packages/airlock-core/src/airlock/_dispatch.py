"""The hand-over to the executor: one sequence of steps, run plainly or awaited."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any, NoReturn

from airlock._bypass import is_sending, mark_sending
from airlock._configuration import defaults
from airlock._errors import UsageError
from airlock._intent import Intent, listing

if TYPE_CHECKING:
    from typing import Protocol

    from airlock._executors import Executor

    class Books(Protocol):
        """What a dispatch reads from a scope, and enters there."""

        stop_on_failure: bool
        _dispatched: list[Intent]
        _results: list[Any]
        _uncertain: list[Intent]

        @property
        def executor(self) -> Executor: ...

        def _learn_failure(self, error: BaseException, intents: list[Intent]) -> None: ...


_END = object()


_Steps = Generator[Any, Any, None]
"""Yields what has to be awaited and is sent what came of it."""


def dispatch(scope: Books, intents: list[Intent]) -> None:
    """Hand intents to the scope's executor in order, where nothing can be awaited."""
    for _ in _steps(scope, intents, can_await=False):
        raise AssertionError("a step to await where nothing can be awaited")  # pragma: no cover


async def adispatch(
    scope: Books, intents: list[Intent], *, run: Callable[[Callable[[], Any]], Awaitable[Any]] | None = None
) -> None:
    """Hand intents to the scope's executor in order, awaiting what it returns.

    Arguments:
        scope: Whose executor, and whose books.
        intents: What to hand over.
        run: Calls a function where the executor has to be called, if that is not here.
    """
    steps = _steps(scope, intents, can_await=True)
    step: Callable[[Any], Any] = steps.send
    outcome: Any = None

    def advance() -> Any:
        try:
            return step(outcome)
        except StopIteration:
            return _END

    while (awaitable := advance() if run is None else await run(advance)) is not _END:
        try:
            outcome = await awaitable
            step = steps.send
        except BaseException as error:
            outcome = error
            step = steps.throw


def _steps(scope: Books, intents: list[Intent], *, can_await: bool) -> _Steps:
    """Dispatch in batches: a new one begins after each bad intent, in a scope that goes on after those."""
    if defaults.bypass != "ignore":
        from airlock._watching import watch_what_is_new

        watch_what_is_new()
    executor: Any = scope.executor
    if defaults.capture is not None:
        from airlock._left_behind import tell_of_what_stays

        tell_of_what_stays(executor, intents)
    failures: list[Exception] = []
    was_sending, is_to_send = is_sending(), not getattr(executor, "performs", False)
    while intents:
        before = len(scope._dispatched)
        try:
            mark_sending(is_to_send)
            yield from _batch(scope, executor, intents, can_await)
            break
        except BaseException as error:
            rest = intents[len(scope._dispatched) - before :]
            _mark_uncertain(scope, rest, error)
            if scope.stop_on_failure or not isinstance(error, Exception):
                _note(scope, error, rest)
                raise
            failures.append(error)
            if not rest or isinstance(error, getattr(executor, "unavailable", ())):
                _note(scope, error, rest)
                break
            named = getattr(error, "intent", None)
            culprit = next((intent for intent in rest if intent is named), rest[0])
            _note(scope, error, [culprit])
            intents = [intent for intent in rest if intent is not culprit]
        finally:
            mark_sending(was_sending)
    if failures:
        raise ExceptionGroup(f"{scope!r} could not dispatch everything", failures)


def _batch(scope: Books, executor: Any, intents: list[Intent], can_await: bool) -> _Steps:
    """Dispatch until all is done or something fails; what the executor has accepted is on the scope at any time."""
    dispatch_many = getattr(executor, "dispatch_many", None)
    results: Iterator[Any] = map(executor, intents) if dispatch_many is None else iter(dispatch_many(intents))
    dispatched, kept = scope._dispatched, scope._results
    before = len(dispatched)
    try:
        for intent, result in zip(intents, results, strict=False):
            if result is not None and hasattr(result, "__await__"):
                if not can_await:
                    _refuse_awaitable(intent, result)
                result = yield result
            dispatched.append(intent)
            kept.append(result)
        accepted = len(dispatched) - before
        if accepted < len(intents):
            raise UsageError(
                f"{executor!r} ended after {accepted} of {len(intents)} intents: dispatch_many() must yield once for "
                "each intent that the backend has accepted, or raise"
            )
        if next(results, _END) is not _END:
            raise UsageError(f"{executor!r} yielded more often than dispatch_many() was given intents, {len(intents)}")
    finally:
        close = getattr(results, "close", None)
        if close is not None:
            close()


def _refuse_awaitable(intent: Intent, result: Any) -> NoReturn:
    """Leave nothing un-awaited behind: a coroutine is closed, a future cancelled."""
    undo = getattr(result, "close", None) or getattr(result, "cancel", None)
    if undo is not None:
        undo()
    raise UsageError(
        f"Dispatching {intent} has to be awaited: write `async with airlock.scope()` instead of `with`, "
        "or `await scope.aflush()` instead of `scope.flush()`.",
        intent=intent,
    )


def _mark_uncertain(scope: Books, rest: list[Intent], error: BaseException) -> None:
    uncertain = getattr(error, "uncertain_intents", None)
    if uncertain is None and not isinstance(error, Exception):
        uncertain = rest[:1]
    scope._uncertain.extend(uncertain or ())


def _note(scope: Books, error: BaseException, intents: list[Intent]) -> None:
    if intents:
        scope._learn_failure(error, intents)
        error.add_note(f"airlock: not dispatched: {listing(intents)}")
