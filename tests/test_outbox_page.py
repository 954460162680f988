"""The page about the outbox lists what there is, and a project made by it loses nothing in a crash."""

import ast
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from airlock_conformance.workers import wait_until

from airlock.integrations.django.outbox._settings import OutboxSettings

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "outbox.md").read_text(encoding="utf-8")
DJANGO_PAGE = (ROOT / "docs" / "django.md").read_text(encoding="utf-8")
FILE = re.compile(r"^```\{code-block\} python\n:caption: (mysite/\w+\.py)\n\n(.*?)^```$", re.DOTALL | re.MULTILINE)
PATIENCE = 120.0


def rows(title: str) -> list[list[str]]:
    """Return the cells of the table below a title, without its head."""
    section = PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]
    lines = re.findall(r"^\| `.*\|$", section, re.MULTILINE)
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def literals() -> list[str]:
    """Return all text that stands in the sources of airlock-django."""
    files = ROOT.glob("packages/airlock-django/src/**/*.py")
    nodes = (node for file in files for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    return [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]


def test_the_page_lists_every_key_with_its_default() -> None:
    """Sorted, so that a key is found."""
    listed = {row[0].strip("`"): ast.literal_eval(row[2].strip("`")) for row in rows("Settings")}

    defaults = {key.upper(): value for key, value in OutboxSettings._field_defaults.items()}
    assert {key: tuple(value) if isinstance(value, list) else value for key, value in listed.items()} == defaults
    assert list(listed) == sorted(defaults)


def test_every_key_has_its_unit() -> None:
    """An operator does not read the source to find out whether it is milliseconds."""
    assert [row[0] for row in rows("Settings") if not row[1]] == []


def test_every_message_that_is_explained_is_one_that_there_is() -> None:
    """Somebody may have rewritten it."""
    found = literals()

    explained = [row[0].strip("`") for row in rows("Troubleshooting")]

    assert [words for words in explained if not any(words in text for text in found)] == []


def test_every_line_of_the_log_that_is_explained_is_one_that_there_is() -> None:
    """An alert may wait for it."""
    found = literals()

    explained = [re.split(r"\s*…\s*", row[0].split("`")[1]) for row in rows("Watching it") if row[1].isupper()]

    patterns = [".*".join(map(re.escape, pieces)) for pieces in explained]
    assert len(patterns) > 5
    assert [pattern for pattern in patterns if not any(re.search(pattern, text) for text in found)] == []


class Site:
    """A project that is made from the files of the page about Django, and then from those of this one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        foreign = ("AIRLOCK", "COVERAGE", "DJANGO", "PYTEST", "PYTHON")
        clean = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        self.environment = clean | {"PYTHONUNBUFFERED": "1"}
        self.manage = [sys.executable, "manage.py"]

    def make(self) -> None:
        """Type everything up to the crash."""
        self.run(sys.executable, "-m", "django", "startproject", "mysite", ".")
        first = PAGE.split("\n## What is promised")[0]
        for name, text in [*FILE.findall(DJANGO_PAGE), *FILE.findall(first)]:
            with (self.folder / name).open("a", encoding="utf-8") as file:
                file.write(f"\n{text}")
        self.run(*self.manage, "migrate", "--verbosity", "0")

    def run(self, *command: str, status: int = 0) -> str:
        """Run a command and return what it printed."""
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == status, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
        return done.stdout

    def relay(self) -> str:
        """Keep a relay running until nothing is pending, tell it to end, and return what it printed."""
        with (self.folder / "relay.txt").open("w+b") as printed:
            process = subprocess.Popen(
                [*self.manage, "airlock_relay"], cwd=self.folder, env=self.environment, stdout=printed
            )
            try:
                assert wait_until(lambda: "pending: 0\n" in self.run(*self.manage, "airlock_outbox", "stats"))
                process.send_signal(signal.SIGTERM)
                assert process.wait(PATIENCE) == 0
            finally:
                process.kill()
            printed.seek(0)
            return printed.read().decode()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A project with an outbox."""
    site = Site(tmp_path_factory.mktemp("outbox"))
    site.make()
    return site


def test_the_settings_gain_three_lines() -> None:
    """The purpose of the defaults is in this number."""
    settings = next(text for name, text in FILE.findall(PAGE) if name.endswith("settings.py"))

    assert len(settings.splitlines()) == 3


def test_what_a_crash_has_left_is_sent_once_by_the_relay(site: Site) -> None:
    """Nobody reads on who has to wait for half a minute; only that is changed."""
    with (site.folder / "mysite" / "settings.py").open("a", encoding="utf-8") as file:
        file.write('AIRLOCK["OUTBOX"] |= {"LEASE": 1, "POLL": 0.2}\n')
    crash = re.findall(r"^python manage.py (shell .*)$", PAGE, re.MULTILINE)[0]
    name, options = crash.split(" --command ")

    printed = site.run(*site.manage, *name.split(), "--command", options.strip('"'), status=-signal.SIGKILL)

    assert "a mail" not in printed
    (documented,) = re.findall(r"^1 pending since \S+?, (.*)$", PAGE, re.MULTILINE)
    assert re.fullmatch(rf"1 pending since \S+, {documented}\n", site.run(*site.manage, "airlock_outbox", "show"))
    assert site.relay() == "a mail to zoe\n"
    assert site.run(*site.manage, "airlock_outbox", "show") == "nothing\n"


def test_only_the_missing_relay_is_left_to_complain_of(site: Site) -> None:
    """And the executor of the example; what is wrong with security is Django's business."""
    command = [*site.manage, "check", "--deploy", "--database", "default"]
    done = subprocess.run(command, cwd=site.folder, env=site.environment, capture_output=True, text=True, check=False)

    assert set(re.findall(r"airlock\.\w+(?=\))", done.stderr)) == {"airlock.W004", "airlock.W006"}
