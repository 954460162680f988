"""`make test-matrix` runs what it is asked for, and `ENDS=yes` the cells that differ most."""

import runpy
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
SCRIPTS = ROOT / "scripts"
with pytest.MonkeyPatch.context() as patch:
    patch.syspath_prepend(SCRIPTS)
    MATRIX = runpy.run_path(str(SCRIPTS / "test_matrix.py"))
COMPATIBILITY = runpy.run_path(str(SCRIPTS / "compatibility.py"))
Cell: Any = MATRIX["Cell"]

HATCH = """
[[envs.matrix.matrix]]
backend = ["lowest-direct", "highest"]
python = ["3.9", "3.11"]

[[envs.matrix.matrix]]
backend = ["highest"]
python = ["3.14"]
"""


@pytest.fixture
def cells(tmp_path: Path) -> Any:
    """The matrix of a package whose lowest backend does not run on the newest Python."""
    package = tmp_path / "airlock-standin"
    package.mkdir()
    (package / "hatch.toml").write_text(HATCH)
    return COMPATIBILITY["read_cells"](package)


def test_a_matrix_is_every_pair_of_each_of_its_tables(cells: Any) -> None:
    assert [(cell.backend, cell.python) for cell in cells] == [
        ("lowest-direct", "3.9"),
        ("lowest-direct", "3.11"),
        ("highest", "3.9"),
        ("highest", "3.11"),
        ("highest", "3.14"),
    ]


def test_the_ends_are_the_lowest_on_the_oldest_and_the_highest_on_the_newest(cells: Any) -> None:
    chosen = MATRIX["select_ends"](cells)

    assert [(cell.backend, cell.python) for cell in chosen] == [("lowest-direct", "3.9"), ("highest", "3.14")]


def test_the_ends_of_a_package_with_versions_have_each_of_them() -> None:
    versions = [("5.2", "3.11"), ("5.2", "3.12"), ("6.0", "3.12"), ("6.0", "3.13"), ("6.1", "3.12"), ("6.1", "3.13")]
    cells = [Cell("airlock-django", python, version) for version, python in versions]

    chosen = MATRIX["select_ends"](cells)

    assert [(cell.backend, cell.python) for cell in chosen] == [("5.2", "3.11"), ("6.0", "3.12"), ("6.1", "3.13")]


def test_the_ends_of_a_package_without_a_backend_are_its_oldest_and_newest_python() -> None:
    cells = [Cell("airlock-core", python, None) for python in ("3.11", "3.12", "3.13")]

    assert [cell.python for cell in MATRIX["select_ends"](cells)] == ["3.11", "3.13"]


def test_the_end_of_a_single_cell_is_that_cell_once() -> None:
    cells = [Cell("airlock-core", "3.12", None)]

    assert MATRIX["select_ends"](cells) == cells


def test_the_lowest_end_is_one_cell_for_each_package(cells: Any) -> None:
    core = [Cell("airlock-core", python, None) for python in ("3.11", "3.12")]

    chosen = MATRIX["select_lowest"]([*cells, *core])

    assert [(cell.package, cell.python) for cell in chosen] == [("airlock-standin", "3.9"), ("airlock-core", "3.11")]


@pytest.mark.parametrize(
    ("wishes", "count"),
    [
        ({}, 5),
        ({"BACKEND": "lowest"}, 2),
        ({"BACKEND": "highest", "PYTHON": "3.14"}, 1),
        ({"PACKAGE": "airlock-standin"}, 5),
        ({"PACKAGE": "airlock-other"}, 0),
    ],
)
def test_wishes_narrow_the_matrix(cells: Any, wishes: dict[str, str], count: int) -> None:
    assert len(MATRIX["select"](cells, wishes)) == count


def test_a_cell_says_what_it_is() -> None:
    assert str(Cell("airlock-huey", "3.12", "lowest-direct")) == "airlock-huey on Python 3.12 with the lowest backend"


def test_the_workflow_runs_the_matrix_of_every_package() -> None:
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    run = {line.partition("PACKAGE=")[2] for line in workflow.splitlines() if "- test-matrix PACKAGE=" in line}

    assert run == {file.parent.name for file in ROOT.glob("packages/*/hatch.toml")}


def test_the_matrix_that_contributors_are_told_to_copy_is_that_of_celery() -> None:
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")

    assert f"```toml\n{(ROOT / 'packages' / 'airlock-celery' / 'hatch.toml').read_text(encoding='utf-8')}```\n" in guide
