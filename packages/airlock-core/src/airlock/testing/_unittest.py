"""Assertions for `unittest`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, cast

from airlock import Origin
from airlock.testing._capture import capture
from airlock.testing._errors import EffectsAssertionError
from airlock.testing._messages import place

if TYPE_CHECKING:
    from unittest import TestCase

    from airlock.testing._recording import Recording

__unittest = True


class AirlockAssertions:
    """Assertions about effects, to mix into a `unittest.TestCase` of any kind.

    Each assertion is a context manager that records its block; what the block enqueues is not dispatched. A recording
    of the whole test is `self.recordEffects()`, best called in `setUp()`, with assertions of its own.

    Example:
        >>> import unittest, airlock
        >>> from airlock.testing import AirlockAssertions
        >>> class OrderTest(AirlockAssertions, unittest.TestCase):
        ...     def test_a_receipt_is_sent(self):
        ...         with self.assertEnqueued(print, "sent"), airlock.scope():
        ...             airlock.enqueue(print, "sent")
    """

    def assertEnqueued(  # noqa: N802
        self, task: Any, /, *args: Any, _dispatch_options: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> EffectsBlock:
        """Assert that a block enqueues a task, with these arguments.

        Without any arguments, whatever it is enqueued with will do. See `Recording.assert_enqueued_with`.

        Arguments:
            task: The task, or any of its names.
            *args: Its positional arguments.
            _dispatch_options: The dispatch options it is enqueued with; any unless given.
            **kwargs: Its keyword arguments.
        """

        def check(effects: Recording) -> None:
            __tracebackhide__ = True
            if args or kwargs or _dispatch_options is not None:
                effects.assert_enqueued_with(task, *args, _dispatch_options=_dispatch_options, **kwargs)
            else:
                effects.assert_enqueued(task)

        return self._block("assertEnqueued", check)

    def assertNotEnqueued(self, task: Any) -> EffectsBlock:  # noqa: N802
        """Assert that a block does not enqueue a task, with whatever arguments.

        Arguments:
            task: The task, or any of its names.
        """
        return self._block("assertNotEnqueued", lambda effects: effects.assert_not_enqueued(task))

    def assertNumEnqueued(self, number: int, task: Any = None) -> EffectsBlock:  # noqa: N802
        """Assert how many effects a block has.

        Arguments:
            number: How many.
            task: The task to count, or any of its names; all are counted unless given.
        """

        def check(effects: Recording) -> None:
            __tracebackhide__ = True
            if task is None:
                effects.assert_count(number)
            else:
                effects.assert_enqueued(task, times=number)

        return self._block("assertNumEnqueued", check)

    def assertNothingEnqueued(self, except_: Any = ()) -> EffectsBlock:  # noqa: N802
        """Assert that a block has no effects.

        Arguments:
            except_: A task, or a collection of tasks, that may be enqueued.
        """
        return self._block("assertNothingEnqueued", lambda effects: effects.assert_nothing_enqueued(except_))

    def recordEffects(self) -> Recording:  # noqa: N802
        """Record from here to the end of the test, and return the recording."""
        recording: Recording = _case(self).enterContext(capture())
        return recording

    def _block(self, name: str, check: Callable[[Recording], object]) -> EffectsBlock:
        case = _case(self)
        block = EffectsBlock(name, check, case.failureException)
        case.addCleanup(block.check_entered)
        return block


def _case(mixed_in: AirlockAssertions) -> TestCase:
    return cast("TestCase", cast("object", mixed_in))


class EffectsBlock:
    """A block of code, and what is to hold of its effects."""

    def __init__(self, name: str, check: Callable[[Recording], object], failure: type[BaseException]) -> None:
        self._name = name
        self._check = check
        self._origin = Origin.outside({"airlock"}, sys._getframe(1))
        # The class itself, since unittest shows the frames of the library where a subclass is raised.
        self._failure = failure
        self._capture = capture()
        self._recording: Recording | None = None

    def __enter__(self) -> Recording:
        self._recording = self._capture.__enter__()
        return self._recording

    def __exit__(
        self, exc_type: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        __tracebackhide__ = True
        self._capture.__exit__(exc_type, error, traceback)
        if error is None and self._recording is not None:
            try:
                self._check(self._recording)
            except EffectsAssertionError as failed:
                message = str(failed)
            else:
                return
            raise self._failure(message)

    def check_entered(self) -> None:
        """Raise unless the block was entered: an assertion that was only called has checked nothing.

        Raises:
            AssertionError: It was not.
        """
        __tracebackhide__ = True
        if self._recording is None:
            raise self._failure(
                f"{self._name}() at {place(self._origin)} has checked nothing: write `with self.{self._name}(...):` "
                "around the code, or `effects = self.recordEffects()` before it and `effects.assert_...` after it."
            )
