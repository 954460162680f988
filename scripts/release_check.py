"""Do all that the release of a distribution does, but the upload.

Sdists and wheels of the workspace are built. Those of the distribution are checked, installed outside the workspace in
an empty environment, used there, and put through the conformance suite if they ship executors. PACKAGE selects one
distribution; TAG, such as `airlock-celery-v0.1.0`, selects it too and asks for a version that is ready to be released;
SERVERS=no leaves out what needs a server. The files that passed are left in `build/release`.
"""

import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

from changelog import UNRELEASED, find_fragments, find_packages, read_version
from isolated import ROOT, UV, Isolated, StepError, distribution_of, run

SCRIPTS = ROOT / "scripts"
RELEASE = ROOT / "build" / "release"
CORE = "airlock-core"
SUITE = "airlock-conformance"


def parse_tag(tag: str, names: list[str]) -> tuple[str, str]:
    """Return the distribution and the version in a tag."""
    name, _, version = tag.rpartition("-v")
    if name not in names or not re.fullmatch(r"\d+\.\d+\.\d+((a|b|rc)\d+)?", version):
        raise StepError(f"{tag!r} is no tag of a release: write DISTRIBUTION-vVERSION, such as airlock-celery-v0.1.0")
    return name, version


def check_version(package: Path, tagged: str | None) -> None:
    """Compare version, tag and changelog."""
    version = read_version(package)
    if tagged not in {None, version}:
        raise StepError(
            f"the tag says {tagged}, and the pyproject.toml of {package.name} {version}: correct one of them"
        )
    headings = re.findall(r"^## (\S+), (.+)$", (package / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    if not headings or headings[0][0] != version:
        raise StepError(f"the first version in the changelog of {package.name} must be {version}: correct one of them")
    if tagged and (headings[0][1] == UNRELEASED or find_fragments(package)):
        raise StepError(
            f"the changelog of {package.name} is not that of a release: `make changelog PACKAGE={package.name}`"
        )


def build(folder: Path) -> None:
    """Build sdists, and wheels from these, of the whole workspace, and check how the wheels fit together."""
    run(UV, "--quiet", "build", "--all-packages", "--out-dir", folder, folder=ROOT)
    run(sys.executable, SCRIPTS / "check_wheels.py", folder, folder=ROOT)


def check_metadata(files: list[Path]) -> None:
    """Have the metadata and the README of the files checked as an index does."""
    run(sys.executable, "-m", "twine", "check", "--strict", *files, folder=ROOT)


def unpack(sdist: Path, workspace: Path, root: Path) -> Path:
    """Put the tests of an sdist where the settings of pytest and the shared fixtures are, without its sources."""
    for file in ("conftest.py", "pyproject.toml"):
        shutil.copy(root / file, workspace)
    shutil.copy(SCRIPTS / "only_conformance.py", workspace)
    shutil.unpack_archive(sdist, workspace)
    package = workspace / "packages" / distribution_of(sdist)
    package.parent.mkdir(exist_ok=True)
    (workspace / sdist.name.removesuffix(".tar.gz")).rename(package)
    shutil.rmtree(package / "src")
    return package


def run_suite(environment: Isolated, sdist: Path, root: Path = ROOT) -> str:
    """Put the executors that are installed through the suites that an sdist has, and return pytest's last line."""
    workspace = environment.folder / "workspace"
    workspace.mkdir()
    package = unpack(sdist, workspace, root)
    environment.install("--group", f"{package / 'pyproject.toml'}:test", SUITE)
    servers = ["-m", "not server"] if os.environ.get("SERVERS") == "no" else []
    command = ["-m", "pytest", "--quiet", "-p", "only_conformance", *servers, "tests"]
    return environment.run(*command, folder=package, PYTHONPATH=str(workspace)).splitlines()[-1]


def has_executors(package: Path) -> bool:
    """Return whether a distribution ships executors."""
    return '[project.entry-points."airlock.executors"]' in (package / "pyproject.toml").read_text(encoding="utf-8")


def check_files(package: Path, built: Path) -> None:
    """Check what was built of one distribution, and leave it for the release.

    Raises:
        StepError: It cannot be released as it is.
    """
    name = package.name
    files = [file for file in sorted(built.iterdir()) if distribution_of(file) == name]
    check_metadata(files)
    with tempfile.TemporaryDirectory(prefix=f"{name}-") as folder:
        environment = Isolated(Path(folder), sorted(built.glob("*.whl")))
        environment.install(name if name != "airlock" else "airlock[all]")
        what = f"{name} {read_version(package)}"
        print(f"{what}: {environment.run('-I', SCRIPTS / 'smoke.py', name).strip()}", flush=True)
        if has_executors(package):
            # The suite of the core's own executors is among the tests of the suite.
            tested = SUITE if name == CORE else name
            (sdist,) = built.glob(f"{tested.replace('-', '_')}-[0-9]*.tar.gz")
            print(f"{what}: {run_suite(environment, sdist)}", flush=True)
    for file in files:
        shutil.copy(file, RELEASE)


def main() -> int:
    """Return 0 if everything that was asked for could be released."""
    packages = {package.name: package for package in find_packages(ROOT)}
    wanted, tag = os.environ.get("PACKAGE"), os.environ.get("TAG")
    try:
        tagged_name, tagged = parse_tag(tag, list(packages)) if tag else (None, None)
        if (wanted or tagged_name or CORE) not in packages or tagged_name not in {None, wanted or tagged_name}:
            raise StepError(f"PACKAGE={wanted} is not what is to be released; there are {', '.join(packages)}")
        name = wanted or tagged_name
        chosen = [packages[name]] if name else list(packages.values())
        for package in chosen:
            check_version(package, tagged)
        with tempfile.TemporaryDirectory(prefix="airlock-") as folder:
            build(Path(folder))
            shutil.rmtree(RELEASE, ignore_errors=True)
            RELEASE.mkdir(parents=True)
            for package in chosen:
                check_files(package, Path(folder))
    except StepError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
