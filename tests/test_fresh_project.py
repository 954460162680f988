"""A project that is made by typing what the page about Django says does what the page says."""

import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "django.md").read_text(encoding="utf-8")
ADDRESS = "http://127.0.0.1:8000"


class Block(NamedTuple):
    """A block of the page: its language, the file that it belongs to, and what it says."""

    language: str
    file: str
    text: str


class Answer(NamedTuple):
    """What a command printed, beside what the page says it prints."""

    command: str
    printed: str
    documented: str


def read_blocks() -> list[Block]:
    """Return the blocks of the page; those without a file in Python are run where they stand, with the other pages."""
    pattern = r"^```(?:\{code-block\} )?(\w+)\n(?::caption: (\S+)\n\n)?(.*?)^```$"
    return [Block(*groups) for groups in re.findall(pattern, PAGE, re.DOTALL | re.MULTILINE)]


def clean_environment() -> dict[str, str]:
    """Return the environment without what is about the process of the tests."""
    foreign = ("AIRLOCK", "COVERAGE", "DJANGO", "PYTEST", "PYTHON", "VIRTUAL_ENV")
    return {name: value for name, value in os.environ.items() if not name.startswith(foreign)}


def run(*command: str | Path, folder: Path, environment: dict[str, str]) -> str:
    """Run a command and return what it printed; what it said of a failure is part of that of the test."""
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}"
    return done.stdout


def uv(*arguments: str | Path) -> None:
    """Run uv."""
    run(ROOT / "scripts" / "uv", "--quiet", *arguments, folder=ROOT, environment=clean_environment())


class Reader:
    """Somebody who types what the page says, on a port that is free."""

    def __init__(self, folder: Path, wheels: Path) -> None:
        self.folder = folder
        self.wheels = wheels
        self.bin = folder / "environment" / "bin"
        path = os.pathsep.join([str(self.bin), os.environ["PATH"]])
        self.environment = clean_environment() | {"PATH": path, "PYTHONUNBUFFERED": "1"}
        self.console = folder / "console.txt"
        self.complaints = folder / "complaints.txt"
        self.server: subprocess.Popen[bytes] | None = None
        self.address = ""
        self.answers: list[Answer] = []

    def follow(self, blocks: list[Block]) -> None:
        """Do what one block after the other says."""
        for block, following in zip(blocks, [*blocks[1:], Block("", "", "")], strict=True):
            if block.file:
                with (self.folder / block.file).open("a", encoding="utf-8") as file:
                    file.write(f"\n{block.text}")
            elif block.language == "sh":
                *first, last = block.text.splitlines()
                for command in first:
                    self.type(command)
                documented = following.text if following.language == "text" else ""
                self.answers.append(Answer(last, self.type(last), documented))

    def type(self, command: str) -> str:
        """Type one command, and return what it printed."""
        words = shlex.split(command)
        if words[:4] == ["python", "-m", "pip", "install"]:
            self.install(words[4])
        elif words[0] == "cd":
            self.folder /= words[1]
        elif words[0] == "curl":
            return self.ask(words[words.index("-X") + 1], words[-1])
        elif "runserver" in words:
            self.serve([*words, "--noreload", "127.0.0.1:0"])
        else:
            return run(self.bin / words[0], *words[1:], folder=self.folder, environment=self.environment)
        return ""

    def install(self, requirement: str) -> None:
        """Install from the wheels of this workspace what pip would find in an index."""
        name, bracket, extras = requirement.partition("[")
        ours = {wheel.name.split("-")[0].replace("_", "-"): wheel.as_uri() for wheel in self.wheels.glob("*.whl")}
        overrides = self.wheels / "overrides.txt"
        overrides.write_text("".join(f"{each} @ {uri}\n" for each, uri in ours.items() if each != name))
        uv("venv", "--python", sys.executable, self.bin.parent)
        wanted = f"{name}{bracket}{extras} @ {ours[name]}"
        uv("pip", "install", "--python", self.bin / "python", "--overrides", overrides, wanted)

    def serve(self, command: list[str]) -> None:
        """Start the server and wait until it has said where it listens."""
        with self.console.open("wb") as console, self.complaints.open("wb") as complaints:
            self.server = subprocess.Popen(
                command, cwd=self.folder, env=self.environment, stdout=console, stderr=complaints
            )
        deadline = time.monotonic() + 60
        while not (listening := re.search(r"http://127\.0\.0\.1:\d+", self.console.read_text())):
            gave_up = self.server.poll() is not None or time.monotonic() > deadline
            assert not gave_up, self.complaints.read_text()
            time.sleep(0.05)
        self.address = listening[0]

    def ask(self, method: str, url: str) -> str:
        """Send a request to the server and return what it answers, whatever the status."""
        assert url.startswith(ADDRESS)
        try:
            with urlopen(Request(self.address + url.removeprefix(ADDRESS), method=method), timeout=60) as response:
                return str(response.read().decode())
        except HTTPError as error:
            return error.read().decode()

    def stop(self) -> None:
        """End the server."""
        if self.server:
            self.server.terminate()
            self.server.wait(60)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """Somebody who has read the section to its end; the server is still there."""
    wheels = tmp_path_factory.mktemp("wheels")
    for name in ("airlock", "airlock-core", "airlock-django"):
        uv("build", "--wheel", "--out-dir", wheels, ROOT / "packages" / name)
    reader = Reader(tmp_path_factory.mktemp("fresh"), wheels)
    try:
        reader.follow(read_blocks())
        yield reader
    finally:
        reader.stop()


def test_the_settings_gain_three_lines() -> None:
    """The purpose of the distribution is in this number."""
    settings = next(block.text for block in read_blocks() if block.file.endswith("settings.py"))

    assert [line.split()[0] for line in settings.splitlines()] == ["INSTALLED_APPS", "MIDDLEWARE", "AIRLOCK"]


def test_every_command_prints_what_the_page_says(reader: Reader) -> None:
    """Also that the checks find nothing to complain of."""
    wanted = [(answer.command, answer.documented) for answer in reader.answers if answer.documented]

    assert [(answer.command, answer.printed) for answer in reader.answers if answer.documented] == wanted
    assert len(wanted) >= 3


def test_the_server_performs_the_effect_of_the_request_that_ended_well(reader: Reader) -> None:
    """Once: the request that was refused enqueued it too."""
    pairs = pairwise(read_blocks())
    (documented,) = [block.text for before, block in pairs if before.language == block.language == "text"]

    printed = reader.console.read_text()

    assert documented in printed
    assert printed.count(documented.splitlines()[-1]) == 1
