"""Run the whole suite and measure its coverage as one: first what plain `pytest` collects, then what it leaves out.

It leaves out the Django projects, since Django has one set of settings a process. `[tool.airlock.tests]` in the root's
`pyproject.toml` lists them. The words given to this script are options of pytest.
"""

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def read_processes() -> list[list[str]]:
    """Return the paths that each process is given: none, and then those of each Django project."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return [[], *project["tool"]["airlock"]["tests"]["processes"]]


def main(options: list[str]) -> int:
    """Run every process, also after one that failed, and return 0 if all have passed."""
    failed: list[list[str]] = []
    for number, paths in enumerate(read_processes()):
        command = ["-m", "coverage", "run", *(["--append"] if number else []), "-m", "pytest", *options, *paths]
        print(f"test: pytest {' '.join(paths)}", flush=True)
        if subprocess.run([sys.executable, *command], cwd=ROOT, check=False).returncode:
            failed.append(paths)
    for paths in failed:
        print(f"FAILED: pytest {' '.join(paths)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
