"""The extras of `airlock`, installed from wheels into a fresh environment, bring what they say and nothing else."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "packages" / "airlock" / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS: list[str] = sorted(PROJECT["optional-dependencies"])

# Each short name, and the distribution that an error has to name where it is not installed.
EXECUTORS = {
    "celery": "airlock-celery",
    "django-q": "airlock-django-q",
    "django-tasks": "airlock-django",
    "dramatiq": "airlock-dramatiq",
    "huey": "airlock-huey",
}

SHOW_INSTALLED = """
import json
from importlib.metadata import distributions, entry_points

names = sorted(found.name for found in distributions() if found.name.startswith("airlock"))
executors = sorted(point.name for point in entry_points(group="airlock.executors") if callable(point.load()))
print(json.dumps([names, executors]))
"""

USE_BY_NAME = """
import sys
import airlock

with airlock.scope(executor=sys.argv[1]):
    pass
"""


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command that hears nothing of the environment that the tests run in."""
    foreign = ("PYTHON", "COVERAGE", "VIRTUAL_ENV", "DJANGO")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def uv(*arguments: str | Path) -> None:
    """Run uv."""
    done = run(ROOT / "scripts" / "uv", "--quiet", *arguments)
    assert done.returncode == 0, done.stderr


class Environment:
    """A fresh environment with `airlock` in it."""

    def __init__(self, folder: Path, wheels: Path, extras: str) -> None:
        self.python = folder / "bin" / "python"
        uv("venv", "--python", sys.executable, folder)
        # Whatever requires one of ours gets the wheel that was built here.
        overrides = wheels / "overrides.txt"
        ours = {wheel.name.split("-")[0].replace("_", "-"): wheel for wheel in wheels.glob("airlock_*.whl")}
        overrides.write_text("".join(f"{name} @ {wheel.as_uri()}\n" for name, wheel in ours.items()))
        (wheel,) = wheels.glob("airlock-[0-9]*.whl")
        uv("pip", "install", "--python", self.python, "--overrides", overrides, f"airlock{extras} @ {wheel.as_uri()}")

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a program in it."""
        return run(self.python, "-I", "-c", program, *arguments)

    def installed(self) -> tuple[list[str], list[str]]:
        """Return which of our distributions are in it, and the short names of the executors."""
        done = self.run(SHOW_INSTALLED)
        assert done.returncode == 0, done.stderr
        distributions, executors = json.loads(done.stdout)
        return distributions, executors


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheels of the whole workspace."""
    folder = tmp_path_factory.mktemp("wheels")
    uv("build", "--wheel", "--all-packages", "--out-dir", folder, ROOT)
    return folder


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory, built: Path) -> Environment:
    """What `pip install airlock` makes."""
    return Environment(tmp_path_factory.mktemp("plain") / "environment", built, "")


def wanted(extra: str) -> list[str]:
    """Return the integrations that the metadata promises for an extra."""
    return [requirement.split(">")[0] for requirement in PROJECT["optional-dependencies"][extra]]


@pytest.mark.parametrize("extra", EXTRAS)
def test_an_extra_installs_what_it_says(tmp_path: Path, built: Path, extra: str) -> None:
    """Nothing else of ours comes with it, and what comes has its executor at hand."""
    distributions, executors = Environment(tmp_path, built, f"[{extra}]").installed()

    assert distributions == sorted({"airlock", "airlock-core", *wanted(extra)})
    assert sorted({"auto", "sync"} | {short for short, name in EXECUTORS.items() if name in wanted(extra)}) == executors


def test_without_an_extra_only_the_core_is_installed(plain: Environment) -> None:
    """Its executors are at hand, and no queue's."""
    assert plain.installed() == (["airlock", "airlock-core"], ["auto", "sync"])


@pytest.mark.parametrize("name", EXECUTORS)
def test_an_executor_that_is_not_installed_is_an_error_that_names_what_to_install(
    plain: Environment, name: str
) -> None:
    """The word that configures it is enough to be told the way."""
    done = plain.run(USE_BY_NAME, name)

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        f"airlock.UsageError: No executor named {name!r} is installed. Run `pip install {EXECUTORS[name]}`. "
        "Installed: auto, sync."
    )


def test_a_misspelt_executor_is_an_error_that_names_the_close_match(plain: Environment) -> None:
    """And what to install, if that is not installed either."""
    done = plain.run(USE_BY_NAME, "dramatic")

    assert "Did you mean 'dramatiq'? Run `pip install airlock-dramatiq`." in done.stderr
