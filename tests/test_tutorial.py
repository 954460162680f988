"""Somebody who types what the tutorial says sees what it shows."""

import os
import re
import shlex
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

PAGE = (Path(__file__).parent.parent / "docs" / "tutorial.md").read_text(encoding="utf-8")
BLOCKS = re.findall(
    r"^```(?:\{code-block\} )?(\w+)\n(?::caption: (\S+)\n\n)?(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE
)


def without_time(text: str) -> str:
    return re.sub(r" in \d+\.\d+s", "", text)


def type_in(command: str, folder: Path) -> str:
    """Return what a command prints, or the last line of its complaint."""
    foreign = ("AIRLOCK", "COVERAGE", "PYTEST", "PYTHON")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    python, *arguments = shlex.split(command)
    assert python == "python"
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return done.stdout or f"{done.stderr.splitlines()[-1]}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of somebody who has read to the end."""
    for _, file, text in BLOCKS:
        if file:
            (tmp_path / file).write_text(text, encoding="utf-8")
    return tmp_path


def test_every_command_prints_what_the_tutorial_shows(folder: Path) -> None:
    shown = [(command, text) for (_, _, command), (language, _, text) in pairwise(BLOCKS) if language == "text"]

    assert len(shown) == 5
    for command, text in shown:
        assert without_time(type_in(command, folder)) == without_time(text)
