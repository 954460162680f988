"""Where an intent comes from."""

from collections.abc import Container
from types import FrameType
from typing import NamedTuple

# Real annotations: those that are strings cost a named tuple its share of the import time, by compiling each of them.


class Origin(NamedTuple):
    """The line of code that enqueued an intent."""

    filename: str
    line: int
    function: str

    @classmethod
    def of(cls, frame: FrameType) -> "Origin":
        """Return the origin that a running frame stands for."""
        return cls(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_qualname)

    @classmethod
    def outside(cls, packages: Container[str], frame: FrameType) -> "Origin":
        """Return the innermost line around a frame that is in none of some top-level packages, if there is one."""
        while frame.f_back is not None and str(frame.f_globals.get("__name__")).partition(".")[0] in packages:
            frame = frame.f_back
        return cls.of(frame)

    def __str__(self) -> str:
        return f"{self.filename}:{self.line} {self.function}"
