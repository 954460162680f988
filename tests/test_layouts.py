"""Core and a third party's leaf share the `airlock` package, however each of them is installed."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CORE = ROOT / "packages" / "airlock-core"
STANDIN = ROOT / "tests" / "standin"


def run(*command: str | Path, path: str = "") -> str:
    """Run a command in a clean environment; what it printed on either stream is part of a failure."""
    foreign = ("PYTHON", "COVERAGE", "VIRTUAL_ENV")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    if path:
        environment["PYTHONPATH"] = path
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}"
    return done.stdout


def uv(*arguments: str | Path) -> str:
    """Run uv."""
    return run(ROOT / "scripts" / "uv", "--quiet", *arguments)


@dataclass(frozen=True)
class Environment:
    """A fresh environment and the search path that goes with it."""

    folder: Path
    path: str = ""

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    def install(self, *arguments: str | Path) -> None:
        """Install without looking for dependencies, so that nothing but what is named gets in."""
        uv("pip", "install", "--python", self.python, "--no-deps", *arguments)

    def run(self, program: str) -> str:
        """Run a program in it and return what it printed."""
        return run(self.python, "-I" if not self.path else "-P", "-c", program, path=self.path)


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Path]:
    """The wheel of each distribution, by its folder."""
    built = {}
    for source in (CORE, STANDIN):
        folder = tmp_path_factory.mktemp("wheel")
        uv("build", "--wheel", "--out-dir", folder, source)
        (built[source],) = folder.glob("*.whl")
    return built


def install_wheels(environment: Environment, wheels: dict[Path, Path]) -> Environment:
    environment.install(*wheels.values())
    return environment


def install_editable_with_uv(environment: Environment, wheels: dict[Path, Path]) -> Environment:
    environment.install("--editable", CORE, "--editable", STANDIN)
    return environment


def install_editable_with_pip(environment: Environment, wheels: dict[Path, Path]) -> Environment:
    uv("pip", "install", "--python", environment.python, "pip", "hatchling<1.32", "editables")
    pip = [environment.python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    run(*pip, "--disable-pip-version-check", "--no-cache-dir", "--editable", CORE, "--editable", STANDIN)
    return environment


def install_editable_core_and_wheel(environment: Environment, wheels: dict[Path, Path]) -> Environment:
    environment.install("--editable", CORE, wheels[STANDIN])
    return environment


def install_core_wheel_and_editable(environment: Environment, wheels: dict[Path, Path]) -> Environment:
    environment.install(wheels[CORE], "--editable", STANDIN)
    return environment


def one_directory_each(environment: Environment, wheels: dict[Path, Path]) -> Environment:
    folders = [environment.folder / source.name for source in wheels]
    for folder, wheel in zip(folders, wheels.values(), strict=True):
        environment.install("--target", folder, wheel)
    return Environment(environment.folder, os.pathsep.join(map(str, folders)))


def one_directory_each_leaf_first(environment: Environment, wheels: dict[Path, Path]) -> Environment:
    found = one_directory_each(environment, wheels)
    return Environment(found.folder, os.pathsep.join(reversed(found.path.split(os.pathsep))))


@pytest.fixture(
    scope="module",
    params=[
        install_wheels,
        install_editable_with_uv,
        install_editable_with_pip,
        install_editable_core_and_wheel,
        install_core_wheel_and_editable,
        one_directory_each,
        one_directory_each_leaf_first,
    ],
    ids=lambda layout: layout.__name__,
)
def environment(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, wheels: dict[Path, Path]
) -> Environment:
    """An environment of its own for each layout."""
    layout: Callable[[Environment, dict[Path, Path]], Environment] = request.param
    folder = tmp_path_factory.mktemp("layout") / "environment"
    uv("venv", "--python", sys.executable, folder)
    return layout(Environment(folder), wheels)


def test_the_core_is_found(environment: Environment) -> None:
    """The public package and an executor of its own can be imported."""
    program = "import airlock; from airlock.integrations.executors import sync; print(sync.__name__)"

    assert environment.run(program) == "airlock.integrations.executors.sync\n"


def test_the_leaf_of_another_distribution_is_found(environment: Environment) -> None:
    """It can be imported though it lies in a folder that the core does not know."""
    program = "from airlock.integrations.executors import standin; print(standin.__name__)"

    assert environment.run(program) == "airlock.integrations.executors.standin\n"


def test_the_executor_of_another_distribution_is_found_by_its_name(environment: Environment) -> None:
    """Its entry point makes it as much at home as the core's own executors."""
    program = """
import airlock

def send_receipt(order):
    raise AssertionError("the stand-in only takes note")

with airlock.scope(executor="standin"):
    airlock.enqueue(send_receipt, 7)

from airlock.integrations.executors.standin import received

print(*[(intent.name, intent.args) for intent in received])
"""

    assert environment.run(program) == "('send_receipt', (7,))\n"
