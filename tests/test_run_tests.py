"""`make test` runs packages side by side, and each Django project, which plain `pytest` leaves out, by itself."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

PROJECT = """
[tool.pytest]
testpaths = ["packages", "docs"]

[tool.airlock.tests]
processes = [["packages/one", "docs/one.md"], ["packages/two"]]

[tool.coverage.run]
source = ["packages"]
"""

# A folder that cannot share its process with another one, as with the settings of Django.
CONFTEST = """
import os

assert "SETTINGS" not in os.environ
os.environ["SETTINGS"] = "{name}"
"""
TEST = """
import os

def test_the_settings_are_its_own():
    assert os.environ.get("SETTINGS") == {name!r}
"""
MEETING = """
import time
from pathlib import Path

def test_the_other_one_runs_too():
    Path({mine!r}).touch()
    deadline = time.monotonic() + 30
    while not Path({other!r}).exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
"""
PAGE = """
```python
import os

assert os.environ["SETTINGS"] == "one"
```
"""


class Checkout:
    """A checkout with two folders that need a process of their own, and one that needs none."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "scripts").mkdir()
        (folder / "docs").mkdir()
        (folder / "docs" / "one.md").write_text(PAGE)
        (folder / "docs" / "plain.md").write_text("```python\n1 + 1\n```\n")
        (folder / "pyproject.toml").write_text(PROJECT)
        shutil.copy(ROOT / "conftest.py", folder)
        shutil.copy(ROOT / "scripts" / "run_tests.py", folder / "scripts")
        for name in ("one", "two"):
            self.add(name, CONFTEST.format(name=name), TEST.format(name=name))
        self.add("plain", "", TEST.format(name=None))

    def add(self, name: str, conftest: str, test: str) -> None:
        """Make a folder with one test."""
        package = self.folder / "packages" / name
        package.mkdir(parents=True)
        (package / "conftest.py").write_text(conftest)
        (package / f"test_{name}.py").write_text(test)

    def run(self, *command: str) -> tuple[int, str]:
        """Run Python and return its exit code and what it printed."""
        foreign = ("PYTEST", "COVERAGE", "DJANGO")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        done = subprocess.run(
            [sys.executable, *command], cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout + done.stderr


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A small checkout."""
    return Checkout(tmp_path)


def test_plain_pytest_leaves_out_what_needs_a_process_of_its_own(checkout: Checkout) -> None:
    code, output = checkout.run("-m", "pytest", "-q", "--collect-only")

    assert (code, [line.split("::")[0] for line in output.splitlines() if "::" in line]) == (
        0,
        ["packages/plain/test_plain.py", "docs/plain.md"],
    )


def test_what_is_named_is_run(checkout: Checkout) -> None:
    code, output = checkout.run("-m", "pytest", "-q", "packages/one", "docs/one.md")

    assert (code, "2 passed" in output) == (0, True), output


def test_every_process_is_run_and_measured(checkout: Checkout) -> None:
    code, output = checkout.run("scripts/run_tests.py", "-q")

    assert code == 0, output
    _, report = checkout.run("-m", "coverage", "report")
    assert [line.split()[0] for line in report.splitlines() if "test_" in line] == [
        f"packages/{name}/test_{name}.py" for name in ("one", "plain", "two")
    ]


def test_processes_run_at_the_same_time(checkout: Checkout) -> None:
    for name, other in (("one", "two"), ("two", "one")):
        meeting = MEETING.format(mine=str(checkout.folder / name), other=str(checkout.folder / other))
        (checkout.folder / "packages" / name / f"test_{name}.py").write_text(meeting)

    code, output = checkout.run("scripts/run_tests.py", "-q")

    assert code == 0, output


def test_the_other_processes_are_run_after_one_that_failed(checkout: Checkout) -> None:
    (checkout.folder / "packages" / "one" / "test_one.py").write_text("def test_nothing():\n    assert False\n")

    code, output = checkout.run("scripts/run_tests.py", "-q")

    assert (code, output.count("\n1 passed")) == (1, 3), output
    assert output.endswith("\nFAILED: pytest packages/one docs/one.md\n")


def test_what_is_listed_is_there() -> None:
    process = [sys.executable, "-c", "import run_tests; print(*sum(run_tests.read_processes(), []), sep='\\n')"]
    listed = subprocess.run(process, cwd=ROOT / "scripts", capture_output=True, text=True, check=True).stdout.split()

    assert [path for path in listed if not (ROOT / path).exists()] == []
