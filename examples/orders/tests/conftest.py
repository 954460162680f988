import importlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).resolve().parents[1]
HEADER = "number,date,customer,email,city,product,quantity,price,currency\n"

Main = Callable[[list[str]], int]
Program = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def program() -> Program:
    """The example as a person starts it: `program("orders.csv", "--once", folder=somewhere)`."""

    def run(*arguments: str, folder: Path, search: tuple[Path, ...] = ()) -> "subprocess.CompletedProcess[str]":
        paths = [str(EXAMPLE), *map(str, search), os.environ.get("PYTHONPATH", "")]
        return subprocess.run(
            [sys.executable, "-W", "error", "-m", "orders", "import", *arguments],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths)), "PYTHONUTF8": "1"},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )

    return run


@pytest.fixture
def main(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Main:
    """The same program in this process, in an empty folder, importing whatever file the test has written there."""
    monkeypatch.syspath_prepend(EXAMPLE)
    monkeypatch.chdir(tmp_path)
    run: Main = importlib.import_module("orders.__main__").main
    return lambda arguments: run(["import", "orders.csv", "--output", "out", *arguments])


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    """Three orders, the second of them given twice, and a refund of the first."""
    path = tmp_path / "orders.csv"
    path.write_text(
        HEADER
        + "A-1001,2026-03-03,Ida Ek,ida@example.com,Turku,Beeswax candle,2,7.80,EUR\n"
        + 'A-1002,2026-03-03,Paweł Nowak,pawel@example.org,Łódź,"Desk lamp, brass",1,54.90,PLN\n' * 2
        + "A-1003,2026-03-04,Hugo Roux,hugo@example.net,Lyon,French press,3,34.95,EUR\n"
        + "A-1004,2026-03-05,Ida Ek,ida@example.com,Turku,Beeswax candle,-1,7.80,EUR\n",
        encoding="utf-8",
    )
    return path


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Where the program in this process writes to."""
    return tmp_path / "out"
