"""One behaviour of the program each, on a file of a few lines."""

import importlib
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

Main = Callable[[list[str]], int]
Program = Callable[..., CompletedProcess[str]]


def names(out: Path) -> list[str]:
    return sorted(path.name for path in (out / "receipts").iterdir())


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


@pytest.mark.usefixtures("orders")
def test_a_run_reports_what_was_held_back_dropped_and_let_out(main: Main, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--once"]) == 0
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["send_receipt", "5", "held", "back", "1", "dropped", "4", "let", "out"],
        ["pick", "4", "held", "back", "1", "dropped", "3", "let", "out"],
        ["write_audit", "5", "held", "back", "1", "dropped", "4", "let", "out"],
    ]


@pytest.mark.usefixtures("orders")
def test_a_dry_run_names_the_policy_that_would_drop_an_effect(
    main: Main, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--dry-run", "--block", "send_receipt"]) == 0
    printed = capsys.readouterr().out
    assert "send_receipt('A-1001', 'Ida Ek', 'ida@example.com', '15.60 EUR')  [BlockTasks({'send_receipt'})]" in printed
    assert not out.exists()


def test_the_tree_of_a_short_dry_run_is_shown_whole(
    main: Main, orders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    orders.write_text("\n".join(lines(orders)[:2]), encoding="utf-8")
    assert main(["--dry-run"]) == 0
    assert "more lines" not in capsys.readouterr().out


@pytest.mark.usefixtures("orders")
def test_a_repeated_order_has_two_receipts(main: Main, out: Path) -> None:
    assert main([]) == 0
    assert names(out) == ["A-1001.eml", "A-1002-2.eml", "A-1002.eml", "A-1003.eml", "A-1004.eml"]


@pytest.mark.usefixtures("orders")
def test_with_once_a_repeated_order_has_one_receipt(main: Main, out: Path) -> None:
    assert main(["--once"]) == 0
    assert names(out) == ["A-1001.eml", "A-1002.eml", "A-1003.eml", "A-1004.eml"]


@pytest.mark.usefixtures("orders")
def test_a_refund_is_no_pick(main: Main, out: Path) -> None:
    assert main(["--once"]) == 0
    assert lines(out / "pick-list.csv") == [
        "A-1001,Beeswax candle,2,Turku",
        'A-1002,"Desk lamp, brass",1,Łódź',
        "A-1003,French press,3,Lyon",
    ]
    assert '"event": "refunded", "number": "A-1004", "total": "-7.80 EUR"' in lines(out / "audit.jsonl")[-1]


@pytest.mark.usefixtures("orders")
def test_several_tasks_can_be_blocked(main: Main, out: Path) -> None:
    assert main(["--block", "send_receipt", "--block", "pick"]) == 0
    assert [path.name for path in out.iterdir()] == ["audit.jsonl"]


@pytest.mark.usefixtures("orders")
def test_a_second_run_adds_to_the_first(main: Main, out: Path) -> None:
    assert main(["--once"]) == 0
    assert main(["--once"]) == 0
    assert len(names(out)) == 8
    assert len(lines(out / "audit.jsonl")) == 8


def test_a_malformed_row_can_be_skipped_and_is_reported(
    main: Main, orders: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    orders.write_text(orders.read_text(encoding="utf-8").replace("French press,3", "French press,three"))
    assert main(["--skip-malformed"]) == 0
    assert capsys.readouterr().err == (
        "skipped: orders.csv, line 5, quantity: 'three' is not a whole number other than 0\n"
    )
    assert "A-1003.eml" not in names(out)
    assert "A-1004.eml" in names(out)


@pytest.mark.usefixtures("orders")
def test_the_effects_of_one_order_stand_or_fall_together(
    main: Main, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = importlib.import_module("orders.shop")
    place = shop.Order.place

    def place_all_but_one(order: Any) -> None:
        place(order)
        if order.number == "A-1003":
            raise shop.MalformedOrder("found out too late")

    monkeypatch.setattr(shop.Order, "place", place_all_but_one)
    assert main(["--once", "--skip-malformed"]) == 0
    assert names(out) == ["A-1001.eml", "A-1002.eml", "A-1004.eml"]
    assert len(lines(out / "pick-list.csv")) == 2


@pytest.mark.usefixtures("orders")
def test_a_mistake_in_the_shop_itself_keeps_its_traceback_and_nothing_is_written(
    main: Main, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.import_module("orders.shop").Order, "refund", lambda order: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        main([])
    assert not out.exists()


@pytest.mark.usefixtures("orders")
def test_a_receipt_is_written_whole_or_not_at_all(
    main: Main, out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def write_half(path: Path, content: bytes) -> int:
        with path.open("wb") as file:
            file.write(content[: len(content) // 2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", write_half)
    assert main([]) == 1
    assert names(out) == []
    assert "No space left on device" in capsys.readouterr().err


@pytest.mark.usefixtures("orders")
def test_an_unknown_executor_is_one_line_with_the_close_match(program: Program, tmp_path: Path) -> None:
    finished = program("orders.csv", "--output", "out", "--executor", "snyc", folder=tmp_path)
    assert finished.returncode == 2
    assert finished.stdout == ""
    (line,) = finished.stderr.splitlines()
    assert "'snyc'" in line
    assert "'sync'" in line
    assert not (tmp_path / "out").exists()


def install_executor(folder: Path, body: str) -> None:
    """Lay out a third party's distribution, as an installer would."""
    metadata = folder / "warehouse-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: warehouse\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[airlock.executors]\nwarehouse = warehouse:executor\n")
    (folder / "warehouse.py").write_text(f"def executor(intent):\n    {body}\n")


@pytest.mark.usefixtures("orders")
def test_an_installed_executor_decides_how_the_effects_get_out(program: Program, tmp_path: Path) -> None:
    install_executor(tmp_path / "site", "print('sent', intent.name)")
    arguments = ["--output", "out", "--executor", "warehouse", "--block", "send_receipt", "--block", "write_audit"]
    finished = program("orders.csv", *arguments, folder=tmp_path, search=(tmp_path / "site",))
    assert finished.returncode == 0
    assert finished.stdout.splitlines()[:5].count("sent pick") == 4
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("orders")
def test_an_executor_that_raises_half_way_names_the_intent(program: Program, tmp_path: Path) -> None:
    install_executor(
        tmp_path / "site",
        "if intent.args[0] == 'A-1003': raise ConnectionError('the door is locked')\n    intent.task(*intent.args)",
    )
    finished = program(
        "orders.csv", "--output", "out", "--executor", "warehouse", folder=tmp_path, search=(tmp_path / "site",)
    )
    assert finished.returncode == 1
    assert finished.stderr == (
        "error: send_receipt('A-1003', 'Hugo Roux', 'hugo@example.net', '104.85 EUR'): "
        "ConnectionError: the door is locked\n14 effects held back, 9 let out\n"
    )
    assert names(tmp_path / "out") == ["A-1001.eml", "A-1002-2.eml", "A-1002.eml"]
    assert len(lines(tmp_path / "out" / "audit.jsonl")) == 3


@pytest.mark.usefixtures("orders")
def test_an_effect_that_fails_names_the_intent(main: Main, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (out / "audit.jsonl").mkdir(parents=True)
    assert main([]) == 1
    printed = capsys.readouterr().err
    assert printed.startswith("error: write_audit('2026-03-03', 'placed', 'A-1001', '15.60 EUR'): IsADirectoryError")
    assert "14 effects held back, 2 let out" in printed


@pytest.mark.usefixtures("orders")
def test_a_policy_that_raises_names_the_intent_and_nothing_is_written(
    main: Main, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--limit", "4"]) == 1
    assert capsys.readouterr().err.startswith("error: pick('A-1002', 'Desk lamp, brass', 1, 'Łódź') is one intent too")
    assert not out.exists()


@pytest.mark.usefixtures("orders")
def test_a_limit_that_is_not_reached_changes_nothing(main: Main, out: Path) -> None:
    assert main(["--limit", "14"]) == 0
    assert len(names(out)) == 5


@pytest.mark.usefixtures("orders")
def test_a_negative_limit_is_refused(main: Main, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--limit", "-1"]) == 2
    assert "not -1" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.usefixtures("orders")
def test_a_task_to_block_that_does_not_exist_is_refused(main: Main, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--block", "send_reciept"])
    assert caught.value.code == 2
    assert "send_reciept" in capsys.readouterr().err


@pytest.mark.usefixtures("orders")
@pytest.mark.parametrize("place", ["a-file", "a-file/below"])
def test_an_output_that_is_a_file_is_named_and_left_alone(
    main: Main, tmp_path: Path, place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a-file").write_text("precious")
    assert main(["--output", place]) == 1
    assert "a-file" in capsys.readouterr().err
    assert (tmp_path / "a-file").read_text() == "precious"


@pytest.mark.usefixtures("orders")
def test_an_output_that_may_not_be_written_is_an_error_that_says_so(
    main: Main, out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def forbid(path: Path, *_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    # A folder without write permission would not stop a test that root runs.
    monkeypatch.setattr(Path, "mkdir", forbid)
    assert main([]) == 1
    assert "PermissionError: [Errno 13] Permission denied: 'out/receipts'" in capsys.readouterr().err
    assert not out.exists()
