"""The example of an executor by a third party is built, installed beside the core, and passes the suite there."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "examples" / "third_party_executor"
SOURCES = (ROOT / "packages" / "airlock-core", ROOT / "packages" / "airlock-conformance", EXAMPLE)


def run(*command: str | Path, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a clean environment; what it printed on either stream is part of a failure."""
    foreign = ("PYTHON", "PYTEST", "COVERAGE", "VIRTUAL_ENV", "SPOOL")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    done = subprocess.run(command, cwd=folder, env=environment | variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}"
    return done


def uv(*arguments: str | Path, folder: Path) -> None:
    """Run uv."""
    run(ROOT / "scripts" / "uv", "--quiet", *arguments, folder=folder)


def requirement_of_the_suite(name: str) -> str:
    """Return what the conformance suite says of a dependency."""
    project = tomllib.loads((ROOT / "packages" / "airlock-conformance" / "pyproject.toml").read_text())["project"]
    (requirement,) = [line for line in project["dependencies"] if line.startswith(name)]
    return str(requirement)


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The wheels of core, suite and example, the latter built from a copy outside this checkout."""
    folder = tmp_path_factory.mktemp("wheels")
    copy = folder / "copy"
    shutil.copytree(EXAMPLE, copy)
    for source in (*SOURCES[:2], copy):
        uv("build", "--wheel", "--out-dir", folder, source, folder=folder)
    return sorted(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory, wheels: list[Path]) -> Path:
    """The interpreter of a fresh environment with nothing else in it but the oldest pytest that the suite takes."""
    folder = tmp_path_factory.mktemp("installed")
    uv("venv", "--python", sys.executable, folder / "environment", folder=folder)
    interpreter = folder / "environment" / "bin" / "python"
    requirement = requirement_of_the_suite("pytest")
    lowest = ("--resolution", "lowest-direct")
    uv("pip", "install", "--python", interpreter, *lowest, requirement, *wheels, folder=folder)
    return interpreter


def test_the_wheel_holds_the_package_and_nothing_else(wheels: list[Path]) -> None:
    (wheel,) = [wheel for wheel in wheels if wheel.name.startswith("airlock_spool-")]
    tops = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert tops == {"airlock_spool", "airlock_spool-0.1.0.dist-info"}


def test_the_suite_passes_on_the_installed_executor(python: Path, tmp_path: Path) -> None:
    for name in ("tests", "pyproject.toml"):
        source = EXAMPLE / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    done = run(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", folder=tmp_path)
    assert re.search(r"^\d{3} passed, \d+ deselected", done.stdout, re.MULTILINE), done.stdout


def test_what_its_readme_shows_can_be_run(python: Path, tmp_path: Path) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", (EXAMPLE / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    spool = tmp_path / "spool"
    spool.mkdir()
    run(python, "-c", program, folder=tmp_path, SPOOL_FOLDER=str(spool))
    assert len(list(spool.glob("*.json"))) == 2


def test_the_executor_is_about_twenty_lines() -> None:
    source = (EXAMPLE / "src" / "airlock_spool" / "_executor.py").read_text(encoding="utf-8")
    body = source[source.index("class SpoolExecutor") :]
    lines = [line for line in body.splitlines() if line.strip() and not line.strip().startswith('"""')]
    assert len(lines) <= 22
