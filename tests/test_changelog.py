"""News fragments are checked, and become the changelog of the distribution that is released."""

import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TITLE = "# Changelog of airlock-standin\n\n<!-- towncrier release notes start -->\n\n"


class Workspace:
    """A checkout with one distribution, which has git only where a test asks for it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "scripts").mkdir()
        for name in ("towncrier.toml", "scripts/changelog.py", "scripts/changelog.jinja.md"):
            shutil.copy(ROOT / name, folder / name)
        self.package = folder / "packages" / "airlock-standin"
        self.package.mkdir(parents=True)
        self.changelog = self.package / "CHANGELOG.md"
        self.release("0.1.0")

    def release(self, version: str) -> None:
        """Say that the next release has that version."""
        (self.package / "pyproject.toml").write_text(f'[project]\nname = "airlock-standin"\nversion = "{version}"\n')
        self.changelog.write_text(f"{TITLE}## {version}, not yet released\n\n- It exists.\n")

    def add(self, name: str, text: str) -> None:
        """Add a fragment."""
        (self.package / "changelog.d").mkdir(exist_ok=True)
        (self.package / "changelog.d" / name).write_text(text)

    def run(self, *arguments: str) -> tuple[int, str]:
        """Return the exit code of the script and what it printed."""
        command = [sys.executable, self.folder / "scripts" / "changelog.py", *arguments]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def git(self, *arguments: str) -> None:
        """Run git as somebody."""
        somebody = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.org")
        subprocess.run(["git", *somebody, *arguments], cwd=self.folder, capture_output=True, check=True)

    def commit(self) -> None:
        """Commit everything."""
        self.git("add", "--all")
        self.git("commit", "--message", "A change")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def test_the_changelogs_and_fragments_of_this_workspace_are_in_order() -> None:
    command = [sys.executable, ROOT / "scripts" / "changelog.py", "check"]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


def test_fragments_in_order_pass(workspace: Workspace) -> None:
    workspace.add("pipelines.added.md", "Pipelines.\n")
    workspace.add("cleaner-names.internal.md", "Nobody sees it.\n")

    assert workspace.run("check") == (0, "")


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("pipelines.novelty.md", "Pipelines.", "Invalid news fragment name: pipelines.novelty.md"),
        ("Pipelines!.added.md", "Pipelines.", "does not match"),
        ("pipelines.added.md", "", "must be a sentence"),
        ("pipelines.added.md", "- Pipelines.", "must be a sentence, without a bullet"),
    ],
)
def test_a_fragment_that_no_release_could_use_is_refused(
    workspace: Workspace, name: str, text: str, complaint: str
) -> None:
    workspace.add(name, text)

    code, output = workspace.run("check")

    assert (code, complaint in output) == (1, True), output


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("# Changelog of airlock-standin\n\n## 0.1.0, not yet released\n", "must begin with its title, the line"),
        (f"{TITLE}## 0.0.9, 2026-01-01\n", "has no heading for 0.1.0"),
    ],
)
def test_a_changelog_that_no_release_could_go_into_is_refused(workspace: Workspace, text: str, complaint: str) -> None:
    workspace.changelog.write_text(text)

    code, output = workspace.run("check")

    assert (code, complaint in output) == (1, True), output


def test_a_release_moves_the_fragments_below_its_version_and_date(workspace: Workspace) -> None:
    """What is breaking comes first; what nobody sees is gone, and so is the heading without a date."""
    workspace.add("b.added.md", "Pipelines,\nalso long ones.\n")
    workspace.add("a.fixed.md", "Typos.\n")
    workspace.add("c.breaking.md", "No groups.\n")
    workspace.add("d.internal.md", "Nobody sees it.\n")

    code, output = workspace.run("build", "airlock-standin")

    assert code == 0, output
    assert workspace.changelog.read_text() == (
        f"{TITLE}## 0.1.0, {datetime.now(UTC):%Y-%m-%d}\n\n"
        "- **Breaking:** No groups.\n- Pipelines,\n  also long ones.\n- Typos.\n- It exists.\n"
    )
    assert not list(workspace.package.glob("changelog.d/*"))


def test_the_next_release_stands_above_the_one_before(workspace: Workspace) -> None:
    workspace.run("build", "airlock-standin")
    earlier = workspace.changelog.read_text().removeprefix(TITLE)
    project = workspace.package / "pyproject.toml"
    project.write_text(project.read_text().replace("0.1.0", "0.1.1"))
    workspace.add("a.fixed.md", "Typos.\n")

    code, output = workspace.run("build", "airlock-standin")

    assert code == 0, output
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    assert workspace.changelog.read_text() == f"{TITLE}## 0.1.1, {today}\n\n- Typos.\n\n{earlier}"
    assert earlier == f"## 0.1.0, {today}\n\n- It exists.\n"


@pytest.fixture
def changed(workspace: Workspace) -> Workspace:
    """A checkout whose sources were changed since the commit `before`."""
    workspace.git("init")
    workspace.commit()
    workspace.git("tag", "before")
    source = workspace.package / "src" / "airlock" / "module.py"
    source.parent.mkdir(parents=True)
    source.write_text("")
    workspace.commit()
    return workspace


def test_a_change_that_no_changelog_tells_of_is_refused(changed: Workspace) -> None:
    code, output = changed.run("check", "--since", "before")

    assert (code, "airlock-standin was changed and its changelog was not" in output) == (1, True), output
    assert changed.run("check") == (0, "")


@pytest.mark.parametrize("where", ["changelog.d/new.internal.md", "CHANGELOG.md"])
def test_a_change_is_told_of_by_a_fragment_or_in_the_changelog(changed: Workspace, where: str) -> None:
    changed.add("new.internal.md", "")
    file = changed.package / where
    file.write_text(f"{changed.changelog.read_text()}- News.\n" if where == "CHANGELOG.md" else "News.\n")
    if where == "CHANGELOG.md":
        shutil.rmtree(changed.package / "changelog.d")
    changed.commit()

    assert changed.run("check", "--since", "before") == (0, "")
