"""A release is refused where its tag, version, changelog or files do not fit."""

import runpy
import shutil
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
SCRIPTS = ROOT / "scripts"
with pytest.MonkeyPatch.context() as patch:
    patch.syspath_prepend(SCRIPTS)
    CHECK = SimpleNamespace(**runpy.run_path(str(SCRIPTS / "release_check.py")))
StepError: Any = CHECK.StepError
Isolated: Any = CHECK.Isolated
NAMES = ["airlock", "airlock-celery", "airlock-django", "airlock-django-q"]


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A distribution that is ready to be released."""
    folder = tmp_path / "airlock-standin"
    folder.mkdir()
    (folder / "pyproject.toml").write_text('[project]\nname = "airlock-standin"\nversion = "0.2.0"\n')
    (folder / "CHANGELOG.md").write_text("## 0.2.0, 2026-11-20\n\n- New.\n\n## 0.1.0, 2026-10-01\n")
    return folder


@pytest.mark.parametrize(
    ("tag", "parsed"),
    [
        ("airlock-celery-v0.1.0", ("airlock-celery", "0.1.0")),
        ("airlock-v1.12.3", ("airlock", "1.12.3")),
        ("airlock-django-q-v0.1.0rc1", ("airlock-django-q", "0.1.0rc1")),
    ],
)
def test_a_tag_names_a_distribution_and_its_version(tag: str, parsed: tuple[str, str]) -> None:
    assert CHECK.parse_tag(tag, NAMES) == parsed


@pytest.mark.parametrize(
    "tag", ["v0.1.0", "airlock-celery-0.1.0", "airlock-celery-v0.1", "airlock-rq-v0.1.0", "airlock"]
)
def test_any_other_tag_is_refused(tag: str) -> None:
    with pytest.raises(StepError, match="is no tag of a release"):
        CHECK.parse_tag(tag, NAMES)


def test_a_tag_that_fits_version_and_changelog_is_taken(package: Path) -> None:
    CHECK.check_version(package, "0.2.0")


def test_a_tag_of_another_version_is_refused(package: Path) -> None:
    with pytest.raises(StepError, match=r"the tag says 0\.2\.1, and the pyproject.toml of airlock-standin 0\.2\.0"):
        CHECK.check_version(package, "0.2.1")


def test_a_version_that_the_changelog_does_not_begin_with_is_refused(package: Path) -> None:
    project = package / "pyproject.toml"
    project.write_text(project.read_text().replace("0.2.0", "0.3.0"))

    with pytest.raises(StepError, match=r"the first version in the changelog of airlock-standin must be 0\.3\.0"):
        CHECK.check_version(package, None)


def test_without_a_tag_the_changelog_may_be_unfinished(package: Path) -> None:
    """So that a release can be tried before it is made."""
    changelog = package / "CHANGELOG.md"
    changelog.write_text(changelog.read_text().replace("0.2.0, 2026-11-20", "0.2.0, not yet released"))
    CHECK.check_version(package, None)

    with pytest.raises(StepError, match="is not that of a release: `make changelog PACKAGE=airlock-standin`"):
        CHECK.check_version(package, "0.2.0")


def test_a_fragment_that_is_in_no_changelog_stops_a_release(package: Path) -> None:
    (package / "changelog.d").mkdir()
    (package / "changelog.d" / "new.added.md").write_text("Left behind.\n")

    with pytest.raises(StepError, match="is not that of a release"):
        CHECK.check_version(package, "0.2.0")


def make_wheel(folder: Path, name: str, version: str, *requires: str) -> Path:
    """Make a wheel that holds one module of its own name."""
    stem = f"{name.replace('-', '_')}-{version}"
    file = folder / f"{stem}-py3-none-any.whl"
    metadata = [
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}",
        *(f"Requires-Dist: {each}" for each in requires),
    ]
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(f"{name.replace('-', '_')}.py", f"version = {version!r}\n")
        archive.writestr(f"{stem}.dist-info/METADATA", "\n".join(metadata) + "\n")
        archive.writestr(f"{stem}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{stem}.dist-info/RECORD", "")
    return file


def test_what_a_distribution_needs_of_ours_comes_from_the_files_that_were_built(tmp_path: Path) -> None:
    wheels = [
        make_wheel(tmp_path, "airlock-standin-core", "0.1.7"),
        make_wheel(tmp_path, "airlock-standin", "0.2.0", "airlock-standin-core>=0.1,<0.2"),
    ]
    environment = Isolated(tmp_path, wheels)

    environment.install("airlock-standin")

    assert environment.run("-c", "import airlock_standin_core as core; print(core.version)") == "0.1.7\n"
    assert str(ROOT) not in environment.run("-c", "import sys; print(sys.path)")


def test_files_that_their_bounds_keep_apart_are_refused(tmp_path: Path) -> None:
    wheels = [
        make_wheel(tmp_path, "airlock-standin-core", "0.3.0"),
        make_wheel(tmp_path, "airlock-standin", "0.2.0", "airlock-standin-core>=0.1,<0.2"),
    ]

    with pytest.raises(StepError, match=r"airlock-standin-core"):
        Isolated(tmp_path, wheels).install("airlock-standin")


def test_the_smoke_test_uses_what_is_installed() -> None:
    """All that is public is imported, so that a module that is missing in a wheel is found."""
    printed = CHECK.run(sys.executable, SCRIPTS / "smoke.py", "airlock-conformance", folder=ROOT)

    assert "modules imported; executors: auto, " in printed


def test_only_the_suites_of_executors_are_left_of_a_run(tmp_path: Path) -> None:
    shutil.copy(SCRIPTS / "only_conformance.py", tmp_path)
    (tmp_path / "test_both.py").write_text(
        "import pytest\n"
        "from airlock_conformance import Capability, ExecutorSuite\n"
        "from airlock.integrations.executors.sync import sync_executor\n"
        "def test_something_else(): raise AssertionError\n"
        "class TestSync(ExecutorSuite):\n"
        "    capabilities = {Capability.PERFORMS}\n"
        "    @pytest.fixture\n"
        "    def executor(self): return sync_executor\n"
        "    def make_task(self, function): return function\n"
    )
    options = ("-q", "-p", "only_conformance", "--collect-only")

    printed = CHECK.run(sys.executable, "-m", "pytest", *options, folder=tmp_path, PYTHONPATH=str(tmp_path))

    assert "::TestSync::" in printed
    assert "test_something_else" not in printed
