"""The shipped file, imported as a person would: what is on disk afterwards is worked out anew from the CSV."""

import csv
import json
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from email import message_from_bytes, policy
from pathlib import Path
from subprocess import CompletedProcess

import pytest

ORDERS = Path(__file__).resolve().parents[1] / "orders.csv"

Row = dict[str, str]
Program = Callable[..., CompletedProcess[str]]


def rows() -> list[Row]:
    with ORDERS.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["quantity"] != "tw0"]


def sales() -> list[Row]:
    return [row for row in rows() if int(row["quantity"]) > 0]


def total(row: Row) -> str:
    return f"{int(row['quantity']) * Decimal(row['price'])} {row['currency']}"


def picks() -> list[list[str]]:
    return [[row["number"], row["product"], row["quantity"], row["city"]] for row in sales()]


def audit() -> list[Row]:
    return [
        {
            "date": row["date"],
            "event": "placed" if int(row["quantity"]) > 0 else "refunded",
            "number": row["number"],
            "total": total(row),
        }
        for row in rows()
    ]


def picked(out: Path) -> list[list[str]]:
    with (out / "pick-list.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def audited(out: Path) -> list[Row]:
    return [json.loads(line) for line in (out / "audit.jsonl").read_text(encoding="utf-8").splitlines()]


def each_once(audit_entries: list[Row]) -> list[Row]:
    return [dict(entry) for entry in dict.fromkeys(tuple(entry.items()) for entry in audit_entries)]


@pytest.fixture(scope="module")
def out(program: Program, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("real-run")
    finished = program(str(ORDERS), "--output", "out", "--skip-malformed", folder=folder)
    assert finished.returncode == 0
    return folder / "out"


def test_the_shipped_file_has_its_awkward_rows() -> None:
    text = ORDERS.read_text(encoding="utf-8")
    assert len(rows()) > len({tuple(row.values()) for row in rows()}) > 2000
    assert 0 < len(sales()) < len(rows())
    assert text.count("tw0") == 1
    assert '"Desk lamp, brass"' in text
    assert not text.isascii()
    assert {row["email"].partition("@")[2] for row in rows()} == {"example.com", "example.org", "example.net"}


def test_a_real_run_sends_every_order_its_own_receipt(out: Path) -> None:
    receipts: Counter[tuple[str, str, str]] = Counter()
    for path in (out / "receipts").iterdir():
        receipt = message_from_bytes(path.read_bytes(), policy=policy.default)
        (recipient,) = receipt["To"].addresses
        assert recipient.display_name in receipt.get_content()
        receipts[recipient.addr_spec, receipt["Subject"], receipt.get_content().split(" is ")[1].strip(".\n")] += 1
    assert receipts == Counter((row["email"], f"Receipt for {row['number']}", total(row)) for row in rows())


def test_a_real_run_picks_what_was_ordered_and_nothing_that_came_back(out: Path) -> None:
    assert picked(out) == picks()


def test_a_real_run_audits_every_order_in_the_order_of_the_file(out: Path) -> None:
    assert audited(out) == audit()


def test_a_real_run_leaves_nothing_but_its_three_kinds_of_traces(out: Path) -> None:
    assert {path.name for path in out.iterdir()} == {"receipts", "pick-list.csv", "audit.jsonl"}
    assert {path.suffix for path in (out / "receipts").iterdir()} == {".eml"}


def test_a_dry_run_shows_the_first_effects_and_writes_nothing(program: Program, tmp_path: Path) -> None:
    finished = program(str(ORDERS), "--output", "out", "--skip-malformed", "--dry-run", folder=tmp_path)
    assert finished.returncode == 0
    assert f"{2 * len(rows()) + len(sales()):,} to dispatch, 0 to drop" in finished.stdout
    assert "dispatch pick('A-1001', 'Beeswax candle', 1, 'Turku')" in finished.stdout
    assert len(finished.stdout.splitlines()) < 20
    assert list(tmp_path.iterdir()) == []


def test_once_and_block_together_drop_both_what_is_repeated_and_what_is_named(program: Program, tmp_path: Path) -> None:
    arguments = ["--output", "out", "--skip-malformed", "--once", "--block", "send_receipt"]
    finished = program(str(ORDERS), *arguments, folder=tmp_path)
    assert finished.returncode == 0
    assert picked(tmp_path / "out") == [list(pick) for pick in dict.fromkeys(map(tuple, picks()))]
    assert audited(tmp_path / "out") == each_once(audit())
    assert not (tmp_path / "out" / "receipts").exists()


def test_the_malformed_line_ends_the_run_and_nothing_is_written(program: Program, tmp_path: Path) -> None:
    finished = program(str(ORDERS), "--output", "out", folder=tmp_path)
    assert finished.returncode == 2
    assert finished.stderr.startswith(f"error: {ORDERS}, line 1870, quantity: 'tw0' is not a whole number")
    assert "Traceback" not in finished.stderr
    assert list(tmp_path.iterdir()) == []
