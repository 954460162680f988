"""Run the benchmarks that the packages bring with them, and say which of them could not be run.

Each is a program: it returns 0 if its targets were reached, 77 if something it needs, a server mostly, is missing. It
can import what lies in the folder `benchmarks`.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOT_RUN = 77


def main() -> int:
    """Return 0 if no benchmark that ran has missed its targets."""
    files = sorted(file for file in ROOT.glob("packages/*/benchmarks/*.py") if not file.name.startswith("_"))
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "benchmarks")}
    codes: dict[Path, int] = {}
    for file in files:
        print(f"\n{file.relative_to(ROOT)}", flush=True)
        codes[file] = subprocess.run([sys.executable, file], cwd=ROOT, env=environment, check=False).returncode
    print()
    for file, code in codes.items():
        verdict = {0: "measured", NOT_RUN: "NOT RUN, see above; `make services` starts the servers"}.get(code, "MISSED")
        print(f"{verdict}: {file.relative_to(ROOT)}")
    return 1 if set(codes.values()) - {0, NOT_RUN} else 0


if __name__ == "__main__":
    sys.exit(main())
