"""The table of what was run names every environment, and keeps what is known of each."""

import csv
import re
import runpy
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
COMPATIBILITY = runpy.run_path(str(ROOT / "scripts" / "compatibility.py"))
Cell: Any = COMPATIBILITY["Cell"]
PAGE = (ROOT / "docs" / "compatibility.md").read_text(encoding="utf-8")


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The table of a workspace with one distribution, which has never run."""
    package = tmp_path / "packages" / "airlock-standin"
    package.mkdir(parents=True)
    axes = 'backend = ["lowest-direct", "highest"]\npython = ["3.11", "3.12"]\n'
    (package / "hatch.toml").write_text(f"[[envs.matrix.matrix]]\n{axes}")
    names = COMPATIBILITY["update_table"].__globals__
    monkeypatch.setitem(names, "ROOT", tmp_path)
    monkeypatch.setitem(names, "TABLE", tmp_path / "compatibility.csv")
    return tmp_path / "compatibility.csv"


def update(**results: str) -> None:
    """Enter what ran with the lowest backend, by the Python that it ran on."""
    cells = {
        Cell("airlock-standin", version.replace("_", "."), "lowest-direct"): ran for version, ran in results.items()
    }
    COMPATIBILITY["update_table"](cells)


def test_the_table_of_the_documentation_names_every_environment() -> None:
    """`make test-matrix`, for one package too, adds a row that is missing and removes one that has gone."""
    assert list(COMPATIBILITY["read_table"]()) == COMPATIBILITY["find_cells"]()


def test_the_page_shows_the_table() -> None:
    assert "```{csv-table}\n:file: compatibility.csv\n:header-rows: 1\n```" in PAGE


def test_the_page_names_the_servers_of_the_workflow() -> None:
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    servers = {"redis": "Redis", "rabbitmq": "RabbitMQ", "postgres": "PostgreSQL", "mariadb": "MariaDB"}
    run = re.findall(r"image: (\w+):([\d.]+)", workflow)

    assert len(run) == len(servers)
    assert all(f"{servers[image]} {version}" in PAGE for image, version in run)


def test_an_environment_that_never_ran_has_a_row_that_says_so(table: Path) -> None:
    update()

    assert table.read_text().splitlines() == [
        "distribution,backend,Python,passed with",
        "airlock-standin,lowest-direct,3.11,not run yet",
        "airlock-standin,lowest-direct,3.12,not run yet",
        "airlock-standin,highest,3.11,not run yet",
        "airlock-standin,highest,3.12,not run yet",
    ]


def test_what_ran_earlier_stays_until_it_runs_again(table: Path) -> None:
    update(**{"3_11": "queue 1.0, driver 2.0", "3_12": "queue 1.0"})
    update(**{"3_12": "queue 1.1"})

    _, first, second, *_ = csv.reader(table.read_text().splitlines())
    assert (first[-1], second[-1]) == ("queue 1.0, driver 2.0", "queue 1.1")


def test_the_same_results_make_the_same_table(table: Path) -> None:
    update(**{"3_11": "queue 1.0"})
    before = table.read_bytes()
    update(**{"3_11": "queue 1.0"})

    assert table.read_bytes() == before


def test_a_row_goes_with_its_environment(table: Path) -> None:
    update(**{"3_13": "queue 1.0"})

    assert "3.13" not in table.read_text()
