"""Wheels that would break the shared `airlock` package are refused before anyone installs them."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent.parent / "scripts" / "check_wheels.py"
CORE = [
    "airlock/__init__.py",
    "airlock/py.typed",
    "airlock/integrations/__init__.py",
    "airlock/integrations/executors/__init__.py",
    "airlock/integrations/executors/sync/__init__.py",
    "airlock/integrations/executors/sync/py.typed",
]
CELERY = [
    "airlock/integrations/executors/celery/__init__.py",
    "airlock/integrations/executors/celery/py.typed",
    "airlock/integrations/celery/__init__.py",
    "airlock/integrations/celery/py.typed",
]


class Workspace:
    """A folder of packages and a folder of wheels."""

    def __init__(self, folder: Path) -> None:
        self.packages = folder / "packages"
        self.wheels = folder / "dist"
        self.wheels.mkdir()
        self.add_package("airlock-core")
        self.add_package("airlock-celery")
        self.add_package("airlock", {"celery": ["airlock-celery>=0.1"], "all": ["airlock-celery>=0.1"]})

    def add_package(self, name: str, extras: dict[str, list[str]] | None = None) -> None:
        """Add the folder of a distribution."""
        (self.packages / name).mkdir(parents=True, exist_ok=True)
        table = "".join(f"{extra} = {requirements}\n" for extra, requirements in (extras or {}).items())
        text = f'[project]\nname = "{name}"\n[project.optional-dependencies]\n{table}'
        (self.packages / name / "pyproject.toml").write_text(text)

    def add_wheel(self, name: str, paths: list[str]) -> None:
        """Add a wheel that ships these paths."""
        stem = f"{name.replace('-', '_')}-0.1.0"
        with zipfile.ZipFile(self.wheels / f"{stem}-py3-none-any.whl", "w") as archive:
            for path in [*paths, f"{stem}.dist-info/METADATA"]:
                archive.writestr(path, "")

    def check(self) -> tuple[int, str]:
        """Return the exit code of the check and what it printed."""
        command = [sys.executable, SCRIPT, self.wheels, "--packages", self.packages]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace of core, one integration and the extras, without wheels."""
    return Workspace(tmp_path)


def test_wheels_that_share_nothing_pass(workspace: Workspace) -> None:
    """Core, the integration and the distribution without code fit together."""
    workspace.add_wheel("airlock-core", CORE)
    workspace.add_wheel("airlock-celery", CELERY)
    workspace.add_wheel("airlock", [])

    assert workspace.check() == (0, "3 wheels fit together\n")


def test_a_folder_without_wheels_is_refused(workspace: Workspace) -> None:
    """Nothing was built, so nothing was checked."""
    code, output = workspace.check()

    assert (code, "run `make wheels`" in output) == (2, True)


@pytest.mark.parametrize(
    ("name", "paths", "complaint"),
    [
        ("airlock-celery", ["celery/__init__.py"], "ships celery/__init__.py, outside"),
        ("airlock-celery", ["airlock.pth"], "ships airlock.pth, outside"),
        ("airlock-celery", ["airlock/__init__.py"], "ships airlock/__init__.py, above the leaves"),
        ("airlock-celery", ["airlock/integrations/__init__.py"], "above the leaves"),
        ("airlock-celery", ["airlock/integrations/executors/__init__.py"], "above the leaves"),
        ("airlock-celery", ["airlock/integrations/executors/celery.py"], "above the leaves"),
        ("airlock-celery", CELERY[:1], "has no airlock/integrations/executors/celery/py.typed"),
        ("airlock-celery", CELERY[2:3], "has no airlock/integrations/celery/py.typed"),
        ("airlock-core", CORE[:-1], "has no airlock/integrations/executors/sync/py.typed"),
        ("airlock-core", [CORE[0], *CORE[2:]], "has no airlock/py.typed"),
        ("airlock-core", CORE[1:], "lacks airlock/__init__.py"),
        ("airlock-conformance", ["airlock_conformance/__init__.py"], "has no airlock_conformance/py.typed"),
    ],
)
def test_a_wheel_that_is_wrong_by_itself_is_refused(
    workspace: Workspace, name: str, paths: list[str], complaint: str
) -> None:
    """The message names the wheel and the path."""
    workspace.add_wheel(name, paths)

    code, output = workspace.check()

    assert (code, complaint in output, name.replace("-", "_") in output) == (1, True, True), output


def test_a_path_in_two_wheels_is_refused(workspace: Workspace) -> None:
    """Whichever is installed last would win."""
    workspace.add_wheel("airlock-core", CORE)
    workspace.add_wheel("airlock-celery", CELERY)
    workspace.add_wheel("airlock-huey", CELERY[:2])

    code, output = workspace.check()

    assert (code, f"both ship {CELERY[0]}" in output) == (1, True), output


@pytest.mark.parametrize(
    ("extras", "complaint"),
    [
        ({"all": ["airlock-celery"]}, "the extra 'celery' of airlock must hold ['airlock-celery']"),
        ({"all": [], "celery": ["airlock-celery"]}, "the extra 'all' of airlock must hold ['airlock-celery']"),
        (
            {"all": ["airlock-celery"], "celery": ["airlock-celery"], "huey": ["airlock-huey"]},
            "the extra 'huey' of airlock must hold nothing and go",
        ),
        ({"all": ["airlock-celery"], "celery": ["celery"]}, "but holds ['celery']"),
    ],
)
def test_extras_that_differ_from_the_integrations_are_refused(
    workspace: Workspace, extras: dict[str, list[str]], complaint: str
) -> None:
    """A folder in `packages/` is what makes an integration, and the extras follow."""
    workspace.add_wheel("airlock-core", CORE)
    workspace.add_package("airlock", extras)

    code, output = workspace.check()

    assert (code, complaint in output) == (1, True), output
