"""What SQLite loses by itself."""

from __future__ import annotations

from typing import Final

_MENDED: Final = ((3, 51, 3), (3, 50, 7), (3, 44, 6))
"""From which versions on, in their series."""


def loses_commits(version: tuple[int, ...]) -> bool:
    """Return whether a version can lose a commit in WAL mode while several processes write.

    It does so where one copies what is in the log into the database, and another begins the log anew meanwhile:
    https://sqlite.org/wal.html#walresetbug.
    """
    mended = next((mended for mended in _MENDED if version[:2] == mended[:2]), _MENDED[0])
    return version < mended
