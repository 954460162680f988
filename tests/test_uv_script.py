"""`scripts/uv` uses what the machine has, and says what it lacks."""

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent.parent / "scripts" / "uv"


class Machine:
    """A checkout on a machine that has the commands a shell script needs, and no Python."""

    def __init__(self, folder: Path) -> None:
        self.commands = folder / "bin"
        self.commands.mkdir()
        for name in ("awk", "dirname", "sh"):
            found = shutil.which(name)
            assert found
            (self.commands / name).symlink_to(found)
        self.script = folder / "scripts" / "uv"
        self.script.parent.mkdir()
        shutil.copy(SCRIPT, self.script)

    def add(self, name: str, body: str) -> None:
        """Put a program on PATH."""
        program = self.commands / name
        program.write_text(f"#!/bin/sh\n{body}\n")
        program.chmod(0o755)

    def run(self) -> tuple[int, str]:
        """Run the script and return its exit code and what it printed."""
        environment = {"PATH": str(self.commands), "HOME": str(self.commands.parent)}
        done = subprocess.run([self.script, "--version"], env=environment, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine with nothing but a shell."""
    return Machine(tmp_path)


def test_a_recent_uv_is_used(machine: Machine) -> None:
    """Nothing is fetched where uv is there already."""
    machine.add("uv", "echo uv 99.0.0")

    assert machine.run() == (0, "uv 99.0.0\n")


def test_a_machine_without_python_is_told_so(machine: Machine) -> None:
    """The one thing that cannot be fetched is named."""
    assert machine.run() == (1, "error: airlock needs Python 3.11 or newer, and there is none on PATH\n")


def test_a_python_that_is_too_old_does_not_count(machine: Machine) -> None:
    """Many machines have a `python3` that came with them."""
    machine.add("python3", "exit 1")

    assert machine.run() == (1, "error: airlock needs Python 3.11 or newer, and there is none on PATH\n")


def test_an_old_uv_and_a_python_that_cannot_install_are_told_so(machine: Machine) -> None:
    """An old uv is no use, and without venv and pip no other can be fetched."""
    machine.add("uv", "echo uv 0.8.24")
    machine.add("rm", "")
    machine.add("python3", 'test "$1" = -c')

    code, output = machine.run()

    assert (code, "python3 has neither venv nor pip" in output) == (1, True), output
