"""Recording a block of code."""

from __future__ import annotations

from types import TracebackType

from airlock import _turns as turns
from airlock.testing._recorder import RecordingScope
from airlock.testing._recording import Recording

__unittest = True


class Capture:
    """What `capture()` returns: a context manager for one use."""

    def __init__(self, process_wide: bool) -> None:
        self._recording = Recording()
        self._scope = RecordingScope(self._recording, process_wide=process_wide)

    def __enter__(self) -> Recording:
        self._scope.open()
        return self._recording

    def __exit__(
        self, exc_type: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        __tracebackhide__ = True
        try:
            self._scope.close()
        except Exception as failure:
            if error is None:
                raise
            turns.note_on(error, failure)


def capture(*, process_wide: bool = True) -> Capture:
    """Record what the scopes inside would let out, and dispatch nothing.

    Policies, discards and whatever else decides about the scopes inside apply as ever; what they drop is in `dropped`.
    What is enqueued in no scope of the program's own is recorded at once. A recording inside another adds to that one
    when it ends.

    Arguments:
        process_wide: Whether to record what other threads and contexts do too, such as a live server; code in a scope
            that was opened before keeps to that. Without it only the code called here is recorded, so that several
            threads may each record their own.

    Returns:
        A context manager for the recording, a list of intents with assertions, which fills up as scopes end.

    Raises:
        ScopeStateError: At the end, where a scope was left open inside.

    Example:
        >>> import airlock
        >>> from airlock.testing import capture
        >>> with capture() as effects:
        ...     with airlock.scope():
        ...         _ = airlock.enqueue(print, "sent")
        >>> effects.assert_enqueued_with(print, "sent")
        <Intent print('sent')>
    """
    return Capture(process_wide)
