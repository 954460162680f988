"""Where an intent comes from."""

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

    def __str__(self) -> str:
        return f"{self.filename}:{self.line} {self.function}"
