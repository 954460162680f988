"""The demo: it tells the truth, and says so where it does not."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).resolve().parents[1]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the example to tamper with, its file cut down to the malformed line and some rows around it."""
    example = tmp_path / "example"
    shutil.copytree(EXAMPLE, example, ignore=shutil.ignore_patterns("tests", "out*", "__pycache__"))
    lines = (EXAMPLE / "orders.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    malformed = next(number for number, line in enumerate(lines) if "tw0" in line)
    (example / "orders.csv").write_text("".join(lines[:9] + lines[malformed - 30 : malformed + 9]), encoding="utf-8")
    return example


def run_demo(example: Path, temporary: Path) -> "subprocess.CompletedProcess[str]":
    temporary.mkdir(exist_ok=True)
    return subprocess.run(
        [sys.executable, str(example / "demo.py")],
        env={**os.environ, "TMPDIR": str(temporary)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_demo_succeeds_and_removes_what_it_wrote(copy: Path, tmp_path: Path) -> None:
    finished = run_demo(copy, tmp_path / "temporary")
    assert (finished.returncode, finished.stderr) == (0, "")
    assert list((tmp_path / "temporary").iterdir()) == []


def test_the_demo_prints_the_same_each_time_in_plain_narrow_lines(copy: Path, tmp_path: Path) -> None:
    first = run_demo(copy, tmp_path / "first").stdout
    assert first == run_demo(copy, tmp_path / "second").stdout
    assert first.isascii()
    assert max(map(len, first.splitlines())) <= 100


@pytest.mark.parametrize(
    ("module", "good", "bad"),
    [
        ("__main__", "return False", "return True"),
        ("__main__", "airlock.DropDuplicates()", "airlock.AllowAll()"),
        ("__main__", "airlock.BlockTasks(options.block)", "airlock.AllowAll()"),
        ("__main__", "(error, scope, 2)", "(error, scope, 0)"),
        ("effects", "csv.writer(line", "return\n    csv.writer(line"),
    ],
    ids=["dry run", "once", "block", "exit code", "pick"],
)
def test_the_demo_fails_where_the_program_does_not_do_what_it_says(
    copy: Path, tmp_path: Path, module: str, good: str, bad: str
) -> None:
    path = copy / "orders" / f"{module}.py"
    source = path.read_text()
    assert source.count(good) == 1
    path.write_text(source.replace(good, bad))
    finished = run_demo(copy, tmp_path / "temporary")
    assert finished.returncode == 1
    assert "Not as expected" in finished.stderr
