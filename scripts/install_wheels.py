"""Install a distribution of this workspace from its wheel in dist/, with the highest or the lowest versions it allows.

It runs in the distribution's folder, with the Python of the environment that it installs into. What the distribution
needs of our others has to be named too, so that nothing of ours can come from anywhere else; those bring the highest
versions of what they need. A further requirement, such as `celery[redis]`, narrows what is installed beside it.
"""

import argparse
import os
import re
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def uv_pip(verb: str, *arguments: str | Path) -> None:
    """Run `uv pip` on this environment."""
    command = [ROOT / "scripts" / "uv", "--quiet", "pip", verb, "--python", sys.executable, *arguments]
    if code := subprocess.run(command, check=False).returncode:
        sys.exit(code)


def find_wheel(name: str, folder: Path) -> Path:
    """Return the one wheel of a distribution."""
    wheels = list(folder.glob(f"{name.replace('-', '_')}-[0-9]*.whl"))
    if len(wheels) != 1:
        raise SystemExit(f"error: {folder} holds {len(wheels)} wheels of {name}, not one: run `make wheels`")
    return wheels[0]


def requirement_name(requirement: str) -> str:
    """Return the name in a requirement, without extras, bounds and markers."""
    return re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0]


def main() -> None:
    """Install, and print the version of each direct dependency."""
    parser = argparse.ArgumentParser(description="Install a distribution of this workspace from its wheel.")
    parser.add_argument("requirements", nargs="+", help="names of our distributions, and further requirements")
    parser.add_argument("--resolution", choices=["highest", "lowest-direct"], default="highest")
    parser.add_argument("--lowest", nargs="+", default=[], help="requirements for the lowest versions only")
    parser.add_argument("--dist", type=Path, default=ROOT / "dist", help="the folder that holds the wheels")
    arguments = parser.parse_args()
    tested = Path.cwd().name
    if tested not in arguments.requirements:
        parser.error(f"{tested}, in whose folder this runs, is not among what is to be installed")
    ours = [name for name in arguments.requirements if (ROOT / "packages" / name).is_dir() and name != tested]
    further = [requirement for requirement in arguments.requirements if requirement not in {tested, *ours}]
    if arguments.resolution == "lowest-direct":
        further += arguments.lowest
    wheels = [find_wheel(name, arguments.dist) for name in ours]
    if ours:
        uv_pip("install", *(f"--reinstall-package={name}" for name in ours), *wheels)
    wheel = find_wheel(tested, arguments.dist)
    uv_pip("install", "--no-deps", "--reinstall", wheel)
    # They are named once more, since `lowest-direct` is about what is named.
    needed = [line for line in distribution(tested).requires or () if "extra ==" not in line]
    further += [requirement for requirement in needed if requirement_name(requirement) not in ours]
    backends = sorted(set(map(requirement_name, further)))
    moved = (f"--upgrade-package={name}" for name in backends)
    uv_pip("install", "--resolution", arguments.resolution, *moved, wheel, *wheels, *further)
    uv_pip("check")
    versions = ", ".join(f"{name} {distribution(name).version}" for name in backends) or "nothing else"
    print(f"{tested} with {versions}", flush=True)
    if record := os.environ.get("AIRLOCK_MATRIX_RECORD"):
        Path(record).write_text(versions, encoding="utf-8")


if __name__ == "__main__":
    main()
