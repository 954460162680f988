"""An environment outside the workspace, with what was built here in it and what others publish."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = ROOT / "scripts" / "uv"
# What would lead a process back into the environment that this one runs in.
FOREIGN = ("AIRLOCK_DJANGO", "COVERAGE", "DJANGO", "PYTEST", "PYTHON", "UV_PROJECT", "VIRTUAL_ENV")


class StepError(Exception):
    """A command failed; the message says which, and what it printed."""


def run(*command: str | Path, folder: Path, **variables: str) -> str:
    """Run a command in a folder, with further variables in its environment, and return what it printed.

    Raises:
        StepError: It failed.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    done = subprocess.run(command, cwd=folder, env=environment | variables, capture_output=True, text=True, check=False)
    if done.returncode:
        raise StepError(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}".rstrip())
    return done.stdout


def distribution_of(wheel: Path) -> str:
    """Return the name of the distribution that a wheel is of."""
    return wheel.name.split("-")[0].replace("_", "-")


class Isolated:
    """An environment outside the workspace, empty at first.

    Attributes:
        folder: What it lives in, and where its commands run.
        python: Its interpreter.
    """

    def __init__(self, folder: Path, wheels: list[Path]) -> None:
        """Make it; whatever requires a distribution of ours gets the wheel that is given for it, or nothing."""
        self.folder = folder
        self.python = folder / "environment" / "bin" / "python"
        # A constraint names the file and leaves the bounds of the requirement in force.
        self.constraints = folder / "constraints.txt"
        self.constraints.write_text("".join(f"{distribution_of(wheel)} @ {wheel.as_uri()}\n" for wheel in wheels))
        run(UV, "--quiet", "venv", "--python", sys.executable, self.python.parent.parent, folder=folder)

    def install(self, *requirements: str) -> None:
        """Install requirements, or what follows an option of `uv pip install`."""
        bound = ("--python", self.python, "--constraints", self.constraints)
        run(UV, "--quiet", "pip", "install", *bound, *requirements, folder=self.folder)
        run(UV, "--quiet", "pip", "check", "--python", self.python, folder=self.folder)

    def run(self, *arguments: str | Path, folder: Path | None = None, **variables: str) -> str:
        """Run its interpreter and return what that printed."""
        return run(self.python, *arguments, folder=folder or self.folder, **variables)
