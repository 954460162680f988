"""What the outbox can record comes back as it was, and what it cannot is an error that says what to give instead."""

import enum
import json
from collections import OrderedDict, namedtuple
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from io import BytesIO
from struct import pack
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy
from django_project.models import Entry
from hypothesis import given, settings
from hypothesis import strategies as st

from airlock.integrations.django.outbox._codec import UnrecordableError, decode, dumps, encode

TEXT = st.text()
ZONES = st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "UTC"])
OFFSETS = st.integers(-86_399, 86_399).map(lambda seconds: timezone(timedelta(seconds=seconds)))
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**2000), 2**2000),
    st.floats(allow_nan=False, allow_infinity=False),
    TEXT,
    st.binary(),
    st.uuids(),
    st.decimals(allow_nan=False),
    st.dates(),
    st.timedeltas(),
    st.datetimes(timezones=st.none() | OFFSETS | ZONES.map(ZoneInfo), allow_imaginary=True),
    st.times(timezones=st.none() | OFFSETS),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(TEXT | st.sampled_from(["$date", "$$date", "$tuple", "$"]), inner, max_size=3)
    ),
    max_leaves=15,
)


def carried(value: Any) -> Any:
    """Send a value through the text."""
    return decode(json.loads(dumps(encode(value))))


def shape(value: Any) -> Any:
    """Return a value with what equality does not look at."""
    if isinstance(value, list | tuple):
        return type(value), [shape(each) for each in value]
    if isinstance(value, dict):
        return dict, [(key, shape(each)) for key, each in value.items()]
    if isinstance(value, datetime):
        return datetime, value.replace(tzinfo=None), value.fold, str(value.tzinfo)
    if isinstance(value, time):
        return time, value.replace(tzinfo=None), value.fold, str(value.tzinfo)
    return type(value), repr(value)


@settings(deadline=None)
@given(VALUES)
def test_what_is_recorded_comes_back_as_it_was(value: Any) -> None:
    assert shape(carried(value)) == shape(value)


@settings(deadline=None)
@given(VALUES)
def test_the_text_is_ascii_without_zero_bytes(value: Any) -> None:
    text = dumps(encode(value))
    assert text.isascii()
    assert "\0" not in text


class Colour(enum.StrEnum):
    RED = "red"


class Number(enum.IntEnum):
    ONE = 1


class Zone(tzinfo):
    def utcoffset(self, moment: datetime | None) -> timedelta:
        return timedelta(hours=1)


class Text(str):
    __slots__ = ()


# The least that is a file of a time zone, under a name that no other process knows.
RULES = b"TZif" + bytes(16) + pack(">6l", 0, 0, 0, 0, 1, 4) + bytes(6) + b"UTC\0"
OFFICE = ZoneInfo.from_file(BytesIO(RULES), "Office")
Point = namedtuple("Point", "x y")
ENDLESS: list[Any] = []
ENDLESS.append(ENDLESS)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({1}, "type set.*sorted list"),
        ({1: 2}, r"key 1.*list of pairs"),
        ({Colour.RED: 2}, "key"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        (Colour.RED, "give its value"),
        (Number.ONE, "give its value"),
        (Text("x"), "come back as str"),
        (mark_safe("x"), "SafeString.*come back as str"),
        (gettext_lazy("x"), "cannot record"),
        ("\ud800", "surrogate"),
        ({"\ud800": 1}, "surrogate"),
        (2**2049, "2050 bits"),
        (Point(1, 2), "come back as tuple"),
        (OrderedDict(), "come back as dict"),
        (bytearray(b"x"), "bytearray"),
        (1j, "complex"),
        (Entry(text="x"), "primary key"),
        (datetime(2026, 1, 1, tzinfo=Zone()), "UTC"),
        (datetime(2026, 1, 1, tzinfo=OFFICE), "found by its key"),
        (time(1, tzinfo=Zone()), "time zone"),
        (time(1, tzinfo=timezone(timedelta(microseconds=1))), "whole number of seconds"),
        (ENDLESS, "nested deeper"),
        (object(), "object"),
    ],
    ids=repr,
)
def test_what_would_come_back_as_something_else_is_refused(value: Any, words: str) -> None:
    for outer in (value, [value], {"key": value}, (value,)):
        with pytest.raises(UnrecordableError, match=words):
            encode(outer)


def test_the_error_says_where_it_stands() -> None:
    with pytest.raises(UnrecordableError) as caught:
        encode({"lines": [1, (2, {3})]})

    assert caught.value.path == "['lines'][1][1]"


@pytest.mark.parametrize(
    "text",
    [
        '{"$nonsense": 1}',
        '{"$uuid": "x"}',
        '{"$date": 1}',
        '{"$tuple": 1}',
        '{"$decimal": "x"}',
        '{"$bytes": "%"}',
        '{"$datetime": ["2026-01-01", 0, "No/Where"]}',
        '{"$timedelta": ["x"]}',
    ],
)
def test_what_nobody_has_recorded_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):
        decode(json.loads(text))


def test_what_people_send_is_short() -> None:
    moment = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
    assert dumps(encode({"at": moment, "day": date(2026, 11, 20), "n": Decimal("1.50")})) == (
        '{"at":{"$datetime":"2026-11-20T08:30:00+00:00"},"day":{"$date":"2026-11-20"},"n":{"$decimal":"1.50"}}'
    )
    assert isinstance(carried(uuid4()), UUID)
