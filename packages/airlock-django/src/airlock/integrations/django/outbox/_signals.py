"""Learning from a signal that it is time to stop, and sleeping until then."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from types import FrameType


class Stopping:
    """Whether to stop: asked for by SIGTERM or SIGINT, or by `stop()`.

    A second signal ends the process at once, for whoever has no time to wait for the intent in hand.
    """

    def __init__(self) -> None:
        self._is_set = False
        # An Event could be waited for in the very moment in which its own thread is interrupted to set it.
        self._reader, self._writer = socket.socketpair()
        self._writer.setblocking(False)

    def __call__(self) -> bool:
        """Return whether to stop."""
        return self._is_set

    def stop(self) -> None:
        """Ask to stop."""
        self._is_set = True
        with suppress(OSError):
            self._writer.send(b"x")

    def sleep(self, seconds: float) -> None:
        """Sleep, until asked to stop."""
        if not self._is_set:
            self._reader.settimeout(seconds)
            with suppress(TimeoutError):
                self._reader.recv(1)

    @contextmanager
    def on_signals(self) -> Generator[None, None, None]:
        """Listen for signals, where this is the main thread; others cannot."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self._receive) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def close(self) -> None:
        """Give back what it holds."""
        self._reader.close()
        self._writer.close()

    def _receive(self, number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        self.stop()
