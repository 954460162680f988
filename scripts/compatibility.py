"""The table of the versions that `make test-matrix` ran: every environment of every `hatch.toml`, in a fixed order.

What ran last in an environment stays in the table until it runs there again.
"""

import csv
import tomllib
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "docs" / "compatibility.csv"
HEADER = ("distribution", "backend", "Python", "passed with")
NOT_RUN = "not run yet"
FAILED = "failed"


class Cell(NamedTuple):
    """One package on one Python with one end of its backend, if it has a backend."""

    package: str
    python: str
    backend: str | None

    def __str__(self) -> str:
        end = f" with the {self.backend.removesuffix('-direct')} backend" if self.backend else ""
        return f"{self.package} on Python {self.python}{end}"


def read_cells(package: Path) -> list[Cell]:
    """Return the matrix of a package."""
    matrix = tomllib.loads((package / "hatch.toml").read_text())["envs"]["matrix"]["matrix"]
    return [
        Cell(package.name, python, backend)
        for row in matrix
        for backend in row.get("backend", [None])
        for python in row["python"]
    ]


def find_cells() -> list[Cell]:
    """Return the matrix of every package."""
    return [cell for file in sorted(ROOT.glob("packages/*/hatch.toml")) for cell in read_cells(file.parent)]


def read_table() -> dict[Cell, str]:
    """Return what each environment passed with, as the table has it."""
    if not TABLE.exists():
        return {}
    with TABLE.open(encoding="utf-8", newline="") as file:
        _, *rows = csv.reader(file)
    return {Cell(package, python, backend or None): versions for package, backend, python, versions in rows}


def update_table(results: dict[Cell, str]) -> None:
    """Write the table with new results, and a row for every environment that there is."""
    known = read_table() | results
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        for cell in find_cells():
            writer.writerow([cell.package, cell.backend or "", cell.python, known.get(cell, NOT_RUN)])
