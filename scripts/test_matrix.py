"""Run the tests of every package with a `hatch.toml`, on each Python of its matrix that this machine has."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
UV = ROOT / "scripts" / "uv"


def find_python(version: str) -> Path | None:
    """Return the interpreter of that version, if there is one."""
    found = subprocess.run([UV, "python", "find", version], capture_output=True, text=True, check=False)
    return Path(found.stdout.strip()) if found.returncode == 0 else None


def run_matrix(package: Path) -> bool:
    """Run one package's matrix and return whether it passed on at least one Python."""
    matrix = tomllib.loads((package / "hatch.toml").read_text())["envs"]["matrix"]["matrix"]
    versions = sorted({version for row in matrix for version in row["python"]})
    pythons = {version: find_python(version) for version in versions}
    present = {version: python for version, python in pythons.items() if python}
    absent = [version for version in versions if version not in present]
    if absent:
        print(f"{package.name}: not run on Python {', '.join(absent)}, which this machine does not have", flush=True)
    if not present:
        print(f"{package.name}: none of its Pythons is on this machine; install one of {', '.join(versions)}")
        return False
    # Hatch does not skip what it cannot find once it may not download, so it is told which ones to run.
    command = [sys.executable, "-m", "hatch", "env", "run", "-e", "matrix", "-i", f"py={','.join(present)}", "test"]
    path = os.pathsep.join([*(str(python.parent) for python in present.values()), os.environ["PATH"]])
    environment = os.environ | {"PATH": path, "HATCH_ENV_TYPE_VIRTUAL_UV_PATH": str(UV)}
    return subprocess.run(command, cwd=package, env=environment, check=False).returncode == 0


def main() -> int:
    """Return 0 if every matrix passed."""
    # Hatch wants its configuration to exist; an empty one keeps the user's own out of the result.
    Path(os.environ["HATCH_CONFIG"]).touch()
    packages = [file.parent for file in sorted(ROOT.glob("packages/*/hatch.toml"))]
    failed = [package.name for package in packages if not run_matrix(package)]
    if failed:
        print(f"test-matrix failed for {', '.join(failed)}")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
