"""Run the conformance suites of the integrations that were released last against the wheel of the core in `dist/`.

What was released last is the newest tag of an integration, or the commit before this one until there is a tag. PACKAGE
selects one integration; SERVERS=no leaves out what needs a server.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from functools import cache
from pathlib import Path

from changelog import find_packages
from install_wheels import find_wheel
from isolated import ROOT, UV, Isolated, StepError, run
from packaging.requirements import Requirement
from release_check import CORE, SUITE, has_executors, run_suite


def git(*arguments: str) -> str:
    """Return what git prints."""
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise StepError(f"git {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout


def released_at(name: str) -> str:
    """Return the newest tag of a distribution, or the commit before this one."""
    tags = git("tag", "--list", f"{name}-v[0-9]*", "--sort=-version:refname").split()
    return tags[0] if tags else "HEAD~1"


class Released:
    """The workspace as it was at a commit, and what is built from it."""

    def __init__(self, commit: str, folder: Path) -> None:
        self.root = folder / "root"
        self.built = folder / "built"
        archive = folder / "archive.tar"
        git("archive", "--output", str(archive), commit)
        shutil.unpack_archive(archive, self.root)

    def build(self, name: str) -> tuple[Path, Path]:
        """Return the wheel and the sdist of a distribution."""
        if not list(self.built.glob(f"{name.replace('-', '_')}-[0-9]*")):
            run(UV, "--quiet", "build", "--out-dir", self.built, self.root / "packages" / name, folder=self.root)
        (sdist,) = self.built.glob(f"{name.replace('-', '_')}-[0-9]*.tar.gz")
        return find_wheel(name, self.built), sdist

    def takes(self, name: str, version: str) -> bool:
        """Return whether a distribution allows a version of the core."""
        project = tomllib.loads((self.root / "packages" / name / "pyproject.toml").read_text(encoding="utf-8"))[
            "project"
        ]
        needed = [Requirement(line) for line in project["dependencies"]]
        return all(each.specifier.contains(version) for each in needed if each.name == CORE)


def check(name: str, released: Released, core: Path) -> str:
    """Return what became of the suite of one integration."""
    if not (released.root / "packages" / name).is_dir():
        return "is new"
    version = core.name.split("-")[1]
    if not released.takes(name, version):
        return f"does not take {CORE} {version}, so nobody gets both"
    wheel, sdist = released.build(name)
    suite, _ = released.build(SUITE)
    with tempfile.TemporaryDirectory(prefix=f"{name}-") as folder:
        environment = Isolated(Path(folder), [core, wheel, suite])
        environment.install(name)
        return run_suite(environment, sdist, released.root)


def main() -> int:
    """Return 0 if every suite has passed."""
    core = find_wheel(CORE, ROOT / "dist")
    wanted = [package.name for package in find_packages(ROOT) if has_executors(package) and package.name != CORE]
    wanted = [name for name in wanted if os.environ.get("PACKAGE", name) == name]
    failed = 0 if wanted else 1
    with tempfile.TemporaryDirectory(prefix="airlock-released-") as folder:

        @cache
        def released(commit: str) -> Released:
            return Released(commit, Path(tempfile.mkdtemp(dir=folder)))

        for name in wanted:
            try:
                commit = released_at(name)
                print(f"{name} at {commit}: {check(name, released(commit), core)}", flush=True)
            except StepError as error:
                failed = 1
                print(f"error: {name}: {error}", file=sys.stderr)
    return failed


if __name__ == "__main__":
    sys.exit(main())
