"""Values that some queues carry and others cannot: either they arrive, or the error is clear."""

from __future__ import annotations

import datetime
import decimal
import enum
import math
import uuid
from typing import Any, Final

import pytest

import airlock
from airlock import Executor, InvalidIntentError, Scope
from airlock_conformance import tasks
from airlock_conformance._capability import Capability, not_with
from airlock_conformance.suite._alike import alike
from airlock_conformance.suite._hooks import Hooks


class Colour(enum.Enum):
    """Something of the caller's own, in an importable module."""

    RED = 1


_EAST = datetime.timezone(datetime.timedelta(hours=5, minutes=30), "east")

AWKWARD: Final[dict[str, Any]] = {
    "not a number": math.nan,
    "infinity": -math.inf,
    "a lone surrogate": "\ud800",
    "a number of 100 digits": 10**100,
    "a tuple": (1, (2, 3)),
    "numbers as keys": {1: "one", 2: "two"},
    "a set": {1, 2, 3},
    "bytes": b"\x00\xff",
    "a datetime without zone": datetime.datetime(2026, 3, 29, 2, 30, 0, 123456),  # noqa: DTZ001
    "a datetime in utc": datetime.datetime(2026, 3, 29, 2, 30, tzinfo=datetime.UTC),
    "a datetime with a zone": datetime.datetime(2026, 3, 29, 2, 30, tzinfo=_EAST),
    "a date": datetime.date(2026, 3, 29),
    "a timedelta": datetime.timedelta(days=1, microseconds=1),
    "a decimal": decimal.Decimal("0.10"),
    "a uuid": uuid.UUID(int=7),
    "an enum member": Colour.RED,
    "a megabyte": "x" * 1_000_000,
}


class ValueTests(Hooks):
    """No value is changed in silence."""

    @not_with(Capability.PERFORMS)
    @pytest.mark.parametrize("value", AWKWARD.values(), ids=AWKWARD.keys())
    def test_an_awkward_value_arrives_as_declared_or_is_a_clear_error(self, executor: Executor, value: Any) -> None:
        """A value is in the queue as `round_trip` says, or `InvalidIntentError` names task and argument, nothing sent.

        If it fails, check that `prepare` does the whole encoding, down to the bytes that go out, and that `round_trip`
        says what the queue makes of such a value, or raises where it cannot carry it.
        """
        task = self.make_task(tasks.note)
        refusal = _refusal(executor, task, value)
        if refusal is not None:
            assert "note" in refusal
            assert "'subject'" in refusal
            assert self.queued() == []
            return
        found = self.only_arrival().kwargs["subject"]
        try:
            declared = self.round_trip(value)
        except Exception as error:
            pytest.fail(f"round_trip() says that the queue cannot carry {value!r:.200} ({error}), but it was sent")
        assert alike(found, declared), f"{found!r:.200} is in the queue, and round_trip() says {declared!r:.200}"


def _refusal(executor: Executor, task: Any, value: Any) -> str | None:
    """Send a value and return the message of the error where it is refused."""
    try:
        with Scope(executor=executor):
            airlock.enqueue(task, subject=value)
    except InvalidIntentError as error:
        return str(error)
    return None
