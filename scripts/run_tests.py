"""Run the whole suite, several processes side by side, and measure its coverage as one.

Each folder of `packages` has a process, and so has what else plain `pytest` collects. So has each Django project that
plain `pytest` leaves out, since Django has one set of settings a process: `[tool.airlock.tests]` in `pyproject.toml`
lists them. Tests mostly wait for workers, so that more of them run at once than there are processors; JOBS=1 runs one
after the other. The words given to this script are options of pytest.
"""

import os
import subprocess
import sys
import time
import tomllib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from pathlib import Path
from threading import Lock

ROOT = Path(__file__).resolve().parent.parent
JOBS = int(os.environ.get("JOBS") or (os.cpu_count() or 1) + 1)
PRINTING = Lock()


def read_processes() -> list[list[str]]:
    """Return the paths that each process is given, the Django projects first, since they take longest."""
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    apart: list[list[str]] = tool["airlock"]["tests"]["processes"]
    left_out = {path for paths in apart for path in paths}
    packages = sorted(str(folder.relative_to(ROOT)) for folder in ROOT.glob("packages/*/"))
    others = [path for path in tool["pytest"]["testpaths"] if path != "packages"]
    return [*apart, *([path] for path in packages if path not in left_out), others]


def print_when_done(
    what: str, command: Sequence[str | Path], folder: Path, environment: Mapping[str, str] | None = None
) -> bool:
    """Run a command, print what it is, how long it took and what it printed, and return whether it passed.

    Arguments:
        what: What is run, in a few words.
        command: The program and its arguments.
        folder: Where it runs.
        environment: Its variables, by default those of this process.
    """
    begin = time.monotonic()
    done = subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    # As one piece, whatever else is printing.
    with PRINTING:
        print(f"{what}, {time.monotonic() - begin:.0f} s", flush=True)
        sys.stdout.buffer.write(done.stdout)
        sys.stdout.flush()
    return done.returncode == 0


def run(paths: list[str], options: list[str]) -> bool:
    """Run one process, and return whether it passed."""
    command = [sys.executable, "-m", "coverage", "run", "--parallel-mode", "-m", "pytest", *options, *paths]
    return print_when_done(f"test: pytest {' '.join(paths)}", command, ROOT)


def main(options: list[str]) -> int:
    """Run every process, also after one that failed, and return 0 if all have passed."""
    coverage = [sys.executable, "-m", "coverage"]
    subprocess.run([*coverage, "erase"], cwd=ROOT, check=True)
    processes = read_processes()
    with ThreadPoolExecutor(JOBS) as pool:
        passed = list(pool.map(run, processes, repeat(options)))
    subprocess.run([*coverage, "combine", "--quiet"], cwd=ROOT, check=True)
    failed = [paths for paths, good in zip(processes, passed, strict=True) if not good]
    for paths in failed:
        print(f"FAILED: pytest {' '.join(paths)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
