"""Files that are wrong: the error names the file, the line and the field, and nothing is written."""

from collections.abc import Callable
from pathlib import Path

import pytest

Main = Callable[[list[str]], int]

HEADER = b"number,date,customer,email,city,product,quantity,price,currency\n"
GOOD = b"A-1001,2026-03-03,Ida Ek,ida@example.com,Turku,Beeswax candle,2,7.80,EUR\n"


@pytest.fixture
def refused(main: Main, tmp_path: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> Callable[[bytes], str]:
    """Import these bytes, which must fail and leave nothing, and return what was said."""

    def run(content: bytes) -> str:
        (tmp_path / "orders.csv").write_bytes(content)
        assert main([]) == 2
        assert not out.exists()
        return capsys.readouterr().err

    return run


@pytest.mark.parametrize(
    ("good", "bad", "field"),
    [
        (b"A-1001", b"../../A-1001", "number"),
        (b"2026-03-03", b"03.03.2026", "date"),
        (b"2026-03-03", b"2026-02-30", "date"),
        (b"Ida Ek", b'"Ida\nEk"', "customer"),
        (b"Ida Ek", b"", "customer"),
        (b"ida@example.com", b"ida at example.com", "email"),
        (b"Turku", b"\x07", "city"),
        (b"Beeswax candle", b" ", "product"),
        (b",2,", b",tw0,", "quantity"),
        (b",2,", b",0,", "quantity"),
        (b",2,", b",1.5,", "quantity"),
        (b",2,", ",2\N{ARABIC-INDIC DIGIT TWO},".encode(), "quantity"),
        (b"7.80", b'"7,80"', "price"),
        (b"7.80", b"NaN", "price"),
        (b"EUR", b"euro", "currency"),
    ],
)
def test_a_malformed_field_is_named_with_its_line(
    refused: Callable[[bytes], str], good: bytes, bad: bytes, field: str
) -> None:
    assert refused(HEADER + GOOD + GOOD.replace(good, bad)).startswith(f"error: orders.csv, line 3, {field}: ")


def test_the_line_is_right_below_a_row_of_two_lines_and_below_an_empty_one(
    main: Main, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    two_lines = GOOD.replace(b"Ida Ek", b'"Ida\nEk"')
    (tmp_path / "orders.csv").write_bytes(HEADER + two_lines + b"\n" + GOOD + b"A-1002\n")
    assert main(["--skip-malformed"]) == 0
    assert [line.partition(",")[2][:7] for line in capsys.readouterr().err.splitlines()] == [" line 2", " line 6"]


@pytest.mark.parametrize("row", [GOOD.replace(b",EUR", b""), GOOD.replace(b",EUR", b",EUR,EUR")])
def test_a_row_with_too_few_or_too_many_fields_is_malformed(refused: Callable[[bytes], str], row: bytes) -> None:
    assert "line 2, expected 9 fields, found " in refused(HEADER + row)


def test_a_header_that_is_not_the_shops_is_refused(refused: Callable[[bytes], str]) -> None:
    printed = refused(HEADER.replace(b"quantity,price", b"price,quantity") + GOOD)
    assert printed.startswith("error: orders.csv, line 1, header: ")
    assert HEADER.decode().strip() in printed


def test_an_empty_file_is_refused(refused: Callable[[bytes], str]) -> None:
    assert "orders.csv, line 1, header: ''" in refused(b"")


def test_a_file_that_is_not_utf_8_is_refused_and_the_line_named(refused: Callable[[bytes], str]) -> None:
    latin = GOOD.replace(b"Ida Ek", "Paweł Garnier".encode("iso-8859-2"))
    assert "orders.csv, line 4: not UTF-8" in refused(HEADER + GOOD + GOOD + latin + GOOD)


def test_a_quote_left_open_is_refused_also_where_malformed_rows_are_skipped(
    main: Main, tmp_path: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "orders.csv").write_bytes(HEADER + GOOD + GOOD.replace(b"Turku", b'"Turku') + GOOD)
    assert main(["--skip-malformed"]) == 2
    assert capsys.readouterr().err.startswith("error: orders.csv, line 3: ")
    assert not out.exists()


def test_a_missing_file_is_named(main: Main, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert capsys.readouterr().err.startswith("error: orders.csv: No such file")
    assert not out.exists()


def test_a_folder_in_place_of_a_file_is_named(main: Main, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "orders.csv").mkdir()
    assert main([]) == 2
    assert capsys.readouterr().err.startswith("error: orders.csv: ")


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + HEADER + GOOD,
        (HEADER + GOOD).replace(b"\n", b"\r\n"),
        HEADER + b"\n" + GOOD + b"\n\n",
        HEADER + GOOD.strip(),
    ],
    ids=["byte order mark", "line ends of Windows", "empty lines", "no line end"],
)
def test_what_spreadsheets_do_to_a_file_does_no_harm(main: Main, tmp_path: Path, out: Path, content: bytes) -> None:
    (tmp_path / "orders.csv").write_bytes(content)
    assert main([]) == 0
    assert (out / "pick-list.csv").read_text(encoding="utf-8") == "A-1001,Beeswax candle,2,Turku\n"


def test_a_header_alone_is_no_orders_and_no_error(main: Main, tmp_path: Path, out: Path) -> None:
    (tmp_path / "orders.csv").write_bytes(HEADER)
    assert main([]) == 0
    assert not out.exists()
