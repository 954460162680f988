"""Run the tests of every package with a `hatch.toml` against its wheel, on each Python of its matrix that is here.

A matrix may have a second axis, `backend`, from old to new: uv's words for the ends of what the metadata of the wheel
allows, `lowest-direct` and `highest`, or versions. PACKAGE, BACKEND and PYTHON each select from that; ENDS=yes selects
the newest backend on the newest Python and the others on the oldest they run on, which is what changes most;
ENDS=lowest selects only the first backend on the oldest Python.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import repeat
from pathlib import Path

from compatibility import FAILED, ROOT, Cell, find_cells, update_table
from run_tests import JOBS, print_when_done

UV = ROOT / "scripts" / "uv"


@cache
def find_python(version: str) -> Path | None:
    """Return the interpreter of that version, if there is one."""
    found = subprocess.run([UV, "python", "find", version], capture_output=True, text=True, check=False)
    return Path(found.stdout.strip()) if found.returncode == 0 else None


def age(cell: Cell) -> list[int]:
    """Return what sorts Pythons by age."""
    return [int(part) for part in cell.python.split(".")]


def select(cells: Iterable[Cell], wishes: dict[str, str]) -> list[Cell]:
    """Return the cells that PACKAGE, BACKEND and PYTHON ask for."""
    return [
        cell
        for cell in cells
        if wishes.get("PACKAGE", cell.package) == cell.package
        and (cell.backend or "").startswith(wishes.get("BACKEND", ""))
        and wishes.get("PYTHON", cell.python) == cell.python
    ]


def select_ends(cells: list[Cell]) -> list[Cell]:
    """Return, for each package, its last backend on its newest Python, and the others on their oldest."""
    chosen: list[Cell] = []
    for package in dict.fromkeys(cell.package for cell in cells):
        mine = [cell for cell in cells if cell.package == package]
        *older, last = dict.fromkeys(cell.backend for cell in mine)
        chosen += [min((cell for cell in mine if cell.backend == backend), key=age) for backend in older or [last]]
        chosen.append(max((cell for cell in mine if cell.backend == last), key=age))
    return list(dict.fromkeys(chosen))


def select_lowest(cells: list[Cell]) -> list[Cell]:
    """Return, for each package, its first backend on the oldest Python that it runs on."""
    first: dict[str, Cell] = {}
    for cell in select_ends(cells):
        first.setdefault(cell.package, cell)
    return list(first.values())


def run(cell: Cell, record: Path) -> str:
    """Run one cell and return the versions that it passed with."""
    python = find_python(cell.python)
    assert python
    command = [sys.executable, "-m", "hatch", "env", "run", "-e", "matrix", "-i", f"py={cell.python}"]
    if cell.backend:
        command += ["-i", f"backend={cell.backend}"]
    path = os.pathsep.join([str(python.parent), os.environ["PATH"]])
    environment = os.environ | {
        "PATH": path,
        "HATCH_ENV_TYPE_VIRTUAL_UV_PATH": str(UV),
        "AIRLOCK_MATRIX_RECORD": str(record),
    }
    folder = ROOT / "packages" / cell.package
    passed = print_when_done(f"test-matrix: {cell}", [*command, "test"], folder, environment)
    return record.read_text(encoding="utf-8") if passed else FAILED


def run_package(cells: list[Cell], records: Path) -> dict[Cell, str]:
    """Run the cells of one package, which share its folder, one after the other."""
    return {cell: run(cell, records / f"{cell.package}-{number}") for number, cell in enumerate(cells)}


def main() -> int:
    """Return 0 if everything that was asked for has passed."""
    # Hatch wants its configuration to exist; an empty one keeps the user's own out of the result.
    Path(os.environ["HATCH_CONFIG"]).touch()
    wishes = {name: os.environ[name] for name in ("PACKAGE", "BACKEND", "PYTHON") if os.environ.get(name)}
    wanted = select(find_cells(), wishes)
    present = [cell for cell in wanted if find_python(cell.python)]
    absent = sorted({cell.python for cell in wanted if cell not in present})
    if absent:
        print(f"test-matrix: not run on Python {', '.join(absent)}, which this machine does not have", flush=True)
    left_out = {cell.package for cell in wanted} - {cell.package for cell in present}
    if left_out or not wanted:
        print(f"error: nothing can be run of {', '.join(sorted(left_out)) or wishes}; install a Python it takes")
        return 1
    ends = os.environ.get("ENDS")
    chosen = present if not ends else select_lowest(present) if ends == "lowest" else select_ends(present)
    packages = [[cell for cell in chosen if cell.package == name] for name in {cell.package: None for cell in chosen}]
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(JOBS) as pool:
        ran = pool.map(run_package, packages, repeat(Path(folder)))
        results = {cell: versions for package in ran for cell, versions in package.items()}
    update_table(results)
    for cell, versions in results.items():
        print(f"FAILED: {cell}" if versions == FAILED else f"passed: {cell}, {versions}")
    return 1 if FAILED in results.values() else 0


if __name__ == "__main__":
    sys.exit(main())
