"""`make bench` runs what the packages bring, and never passes over what it could not run."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent.parent / "scripts" / "run_benchmarks.py"


class Checkout:
    """A checkout with the benchmarks that a test adds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "scripts").mkdir()
        shutil.copy(SCRIPT, folder / "scripts")

    def add(self, package: str, program: str, name: str = "bulk.py") -> None:
        """Add a benchmark."""
        folder = self.folder / "packages" / package / "benchmarks"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(program)

    def run(self) -> tuple[int, str]:
        """Run them all and return the exit code and what was printed."""
        command = [sys.executable, self.folder / "scripts" / "run_benchmarks.py"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A checkout without benchmarks."""
    return Checkout(tmp_path)


def test_a_benchmark_that_reaches_its_targets_is_said_to_be_measured(checkout: Checkout) -> None:
    checkout.add("airlock-standin", "print('3.1 x')")

    code, output = checkout.run()

    assert (code, "3.1 x" in output) == (0, True), output
    assert "measured: packages/airlock-standin/benchmarks/bulk.py" in output


def test_a_benchmark_without_its_server_is_said_not_to_have_run(checkout: Checkout) -> None:
    checkout.add("airlock-standin", "raise SystemExit(77)")

    code, output = checkout.run()

    assert (code, "NOT RUN, see above" in output) == (0, True), output


def test_a_missed_target_is_a_failure_after_the_others_have_run(checkout: Checkout) -> None:
    checkout.add("airlock-first", "raise SystemExit(1)")
    checkout.add("airlock-second", "")

    code, output = checkout.run()

    assert code == 1
    assert "MISSED: packages/airlock-first/benchmarks/bulk.py" in output
    assert "measured: packages/airlock-second/benchmarks/bulk.py" in output


def test_a_module_with_a_leading_underscore_is_no_benchmark(checkout: Checkout) -> None:
    checkout.add("airlock-standin", "raise SystemExit(1)", "_shared.py")

    assert checkout.run() == (0, "\n")
