"""The clock that all times in the tables are read from: that of the database itself."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from django.db import NotSupportedError

_NOW: Final = {
    "postgresql": "(floor(date_part('epoch', clock_timestamp()) * 1000)::bigint)",
    # In universal time, which has no hour that comes twice.
    "mysql": "(timestampdiff(MICROSECOND, '1970-01-01', utc_timestamp(6)) DIV 1000)",
    "sqlite": "(CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER))",
}


def now_ms_sql(vendor: str) -> str:
    """Return the SQL of the current time in whole milliseconds since the epoch.

    On PostgreSQL it moves on during a statement: write `(SELECT ...)` around it to have it once.

    Arguments:
        vendor: `connection.vendor` of the database; MariaDB's is "mysql".

    Raises:
        NotSupportedError: The outbox does not know this kind of database.
    """
    found = _NOW.get(vendor)
    if found is None:
        raise NotSupportedError(f"The outbox needs {', '.join(sorted(_NOW))} (MariaDB too), and this is {vendor}.")
    return found


def moment(time: int) -> datetime | None:
    """Return a time as the tables have it, `None` if it is one that no calendar has, as in a row that was edited."""
    try:
        return datetime.fromtimestamp(time / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def milliseconds(seconds: float) -> int:
    """Return a duration as the tables have it."""
    return round(seconds * 1000)
