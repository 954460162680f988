"""Which savepoints SQL is about, however it is written."""

from typing import Any

import pytest

from airlock.integrations.django._frames import Frame, Liveness
from airlock.integrations.django._savepoints import COMMON, RELEASE, ROLL_BACK, ROLL_BACK_TO, SAVEPOINT, read

EVERYWHERE = ("sqlite", "postgresql", "mysql")

WRITTEN: list[tuple[str, tuple[str, ...], list[tuple[str, str]]]] = [
    ("SAVEPOINT one", EVERYWHERE, [(SAVEPOINT, "one")]),
    ("savepoint ONE;", EVERYWHERE, [(SAVEPOINT, "one")]),
    ("RELEASE SAVEPOINT one", EVERYWHERE, [(RELEASE, "one")]),
    ("Release one", ("sqlite", "postgresql"), [(RELEASE, "one")]),
    ("ROLLBACK TO one", EVERYWHERE, [(ROLL_BACK_TO, "one")]),
    ("ROLLBACK TO SAVEPOINT one", EVERYWHERE, [(ROLL_BACK_TO, "one")]),
    ("rollback work to savepoint one", ("postgresql", "mysql"), [(ROLL_BACK_TO, "one")]),
    ("ROLLBACK TRANSACTION TO one", ("sqlite", "postgresql"), [(ROLL_BACK_TO, "one")]),
    ("ROLLBACK TO savepoint", ("sqlite", "postgresql"), [(ROLL_BACK_TO, "savepoint")]),
    ('SAVEPOINT "One"', ("postgresql",), [(SAVEPOINT, "One")]),
    ('SAVEPOINT "One"', ("sqlite",), [(SAVEPOINT, "one")]),
    ('SAVEPOINT "a""b c;d"', EVERYWHERE, [(SAVEPOINT, 'a"b c;d')]),
    ("SAVEPOINT `One`", ("mysql", "sqlite"), [(SAVEPOINT, "one")]),
    ("SAVEPOINT [One]", ("sqlite",), [(SAVEPOINT, "one")]),
    ("  \n\t-- that; is\n/* how; */SAVEPOINT/**/one -- it goes", EVERYWHERE, [(SAVEPOINT, "one")]),
    ("# that; is\nSAVEPOINT one # how", ("mysql",), [(SAVEPOINT, "one")]),
    ("SELECT 1; ROLLBACK TO one; SELECT 2", EVERYWHERE, [(ROLL_BACK_TO, "one")]),
    ("SAVEPOINT one; RELEASE SAVEPOINT one", EVERYWHERE, [(SAVEPOINT, "one"), (RELEASE, "one")]),
    ("ROLLBACK", EVERYWHERE, [(ROLL_BACK, "")]),
    ("rollback work and chain", ("postgresql", "mysql"), [(ROLL_BACK, "")]),
    ("ABORT", ("postgresql",), [(ROLL_BACK, "")]),
    ("ROLLBACK PREPARED 'one'", ("postgresql",), []),
    ("SELECT 'it''s; ROLLBACK TO one;'", EVERYWHERE, []),
    (r"SELECT 'it\'s; ROLLBACK TO one;'", ("mysql",), []),
    ("SELECT '\\'; ROLLBACK TO one", ("sqlite", "postgresql"), [(ROLL_BACK_TO, "one")]),
    ("DO $body$ BEGIN; ROLLBACK TO one; END $body$", ("postgresql",), []),
    ("SELECT savepoint FROM rollback -- ; ROLLBACK TO one", EVERYWHERE, []),
    ("REPLACE INTO releases VALUES (1)", EVERYWHERE, []),
    ("BEGIN", EVERYWHERE, []),
    ("", EVERYWHERE, []),
]


@pytest.mark.parametrize(
    ("sql", "vendor", "steps"), [(sql, vendor, steps) for sql, vendors, steps in WRITTEN for vendor in vendors]
)
def test_sql_is_read_as_the_database_reads_it(sql: str, vendor: str, steps: list[Any]) -> None:
    assert list(read(sql, vendor, None)) == steps
    assert list(read(sql.encode(), vendor, None)) == steps


def test_what_is_not_read_at_all_cannot_begin_with_a_savepoint() -> None:
    assert not {sql[:2].upper() for sql, _, steps in WRITTEN if steps and ";" not in sql} & COMMON


def test_savepoints_may_be_nested_deeper_than_python_recurses() -> None:
    transaction: Any = None
    frames = [Frame(transaction)]
    for _ in range(20_000):
        frames.append(Frame(transaction, frames[-1]))
    frames[10_000].dead = True
    liveness = Liveness()

    assert [liveness(frame) for frame in (frames[-1], frames[10_001], frames[10_000], frames[9_999])] == [
        False,
        False,
        False,
        True,
    ]
