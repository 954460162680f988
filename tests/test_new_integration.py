"""`make new-integration` makes a distribution that passes what the others have to pass."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NAME = "django-rabbit"
# What holds for every distribution of the workspace, as far as this interpreter can tell.
CHECKS = ("test_changelog.py", "test_compatibility.py", "test_matrix_selection.py", "test_workflows.py")


def run(*command: str | Path, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command, which hears nothing of the process of the tests."""
    foreign = ("COVERAGE", "DJANGO", "PYTEST", "PYTHON", "VIRTUAL_ENV")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    environment = kept | {"PYTHONDONTWRITEBYTECODE": "1"} | variables
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def expect(done: subprocess.CompletedProcess[str]) -> str:
    """Return what a command printed that has to succeed."""
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this checkout in which somebody has made an integration."""
    copy = tmp_path_factory.mktemp("new") / "workspace"
    left_out = shutil.ignore_patterns(".git", ".hypothesis", ".*_cache", ".tools", "__pycache__", "build", "dist")
    shutil.copytree(ROOT, copy, ignore=left_out)
    expect(run(sys.executable, copy / "scripts" / "new_integration.py", NAME, folder=copy))
    return copy


@pytest.fixture(scope="module")
def wheels(workspace: Path) -> Path:
    """The wheels of the new distribution and of those that know of it."""
    folder = workspace / "dist"
    for name in ("airlock", "airlock-core", f"airlock-{NAME}"):
        command = [ROOT / "scripts" / "uv", "--quiet", "build", "--out-dir", folder, workspace / "packages" / name]
        expect(run(*command, folder=workspace))
    return folder


@pytest.fixture(scope="module")
def installed(wheels: Path) -> Path:
    """A folder with the new distribution, to be found beside what is installed already."""
    folder = wheels / "installed"
    (wheel,) = wheels.glob("airlock_django_rabbit-*.whl")
    target = ("--target", folder, "--python", sys.executable)
    expect(run(ROOT / "scripts" / "uv", "--quiet", "pip", "install", "--no-deps", *target, wheel, folder=wheels))
    return folder


def test_its_wheel_fits_beside_the_others(workspace: Path, wheels: Path) -> None:
    """It ships a leaf with `py.typed`, and `airlock` has an extra of its name."""
    done = run(sys.executable, workspace / "scripts" / "check_wheels.py", wheels, folder=workspace)

    assert expect(done) == "3 wheels fit together\n"


def test_its_tests_pass(workspace: Path, installed: Path) -> None:
    """The conformance suite and the README are among them, and its name is that of an executor."""
    package = workspace / "packages" / f"airlock-{NAME}"
    command = (sys.executable, "-m", "pytest", "-q", "tests", "README.md")

    output = expect(run(*command, folder=package, PYTHONPATH=str(installed)))

    assert int(output.splitlines()[-1].split(" passed")[0]) > 50


def test_the_workspace_still_passes_its_own_checks(workspace: Path) -> None:
    """Changelog, matrix, workflow and issue form know of it."""
    command = (sys.executable, "-m", "pytest", "-q")

    expect(run(*command, *(f"tests/{name}" for name in CHECKS), folder=workspace))


def test_nothing_of_the_template_is_left(workspace: Path) -> None:
    package = workspace / "packages" / f"airlock-{NAME}"
    texts = {file: file.read_text(encoding="utf-8") for file in package.rglob("*") if file.is_file()}

    assert [file for file, text in texts.items() if "my-queue" in text or "my_queue" in text or "MyQueue" in text] == []
    assert [file for file in texts if "my_queue" in str(file)] == []


@pytest.mark.parametrize(
    ("name", "complaint"),
    [("Rabbit", "is no name: write it in lower case"), ("celery", "there is a packages/airlock-celery already")],
)
def test_a_name_that_cannot_be_is_refused(workspace: Path, name: str, complaint: str) -> None:
    done = run(sys.executable, workspace / "scripts" / "new_integration.py", name, folder=workspace)

    assert (done.returncode, complaint in done.stderr) == (2, True), done.stderr
