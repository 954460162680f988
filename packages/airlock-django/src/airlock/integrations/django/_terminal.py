"""Lines that any terminal, file or pipe can take."""

from __future__ import annotations

from shutil import get_terminal_size
from typing import Any


class Terminal:
    """What a management command prints to.

    Arguments:
        stdout: The command's standard output.
    """

    def __init__(self, stdout: Any) -> None:
        self._stdout = stdout
        self._encoding: str = getattr(stdout, "encoding", None) or "utf-8"
        self.is_interactive: bool = stdout.isatty()
        """Whether somebody looks at it."""
        self._width = get_terminal_size().columns if self.is_interactive else None

    def showable(self, line: str) -> str:
        """Return a line with escapes for what its encoding lacks and for what would move the cursor."""
        printable = "".join(
            character if character.isprintable() else character.encode("unicode_escape").decode() for character in line
        )
        return printable.encode(self._encoding, "backslashreplace").decode(self._encoding)

    def fitted(self, line: str) -> str:
        """Return a line that is cut where somebody looks at it and it is too long."""
        line = self.showable(line)
        if self._width is None or len(line) <= self._width:
            return line
        ellipsis = "…" if self.showable("…") == "…" else "..."
        return line[: max(self._width - len(ellipsis), 0)] + ellipsis
