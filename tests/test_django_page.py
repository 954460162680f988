"""The page about Django lists the settings, checks and messages that there are."""

import ast
import re
from pathlib import Path

from airlock.integrations.django._problems import IDS
from airlock.integrations.django._reading import KEYS

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "django.md").read_text(encoding="utf-8")


def first_column(title: str) -> list[str]:
    """Return the code in the first column of the table below a title."""
    section = PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]
    return re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE)


def literals() -> list[str]:
    """Return all text that stands in the sources of the core and of airlock-django."""
    files = [file for name in ("core", "django") for file in ROOT.glob(f"packages/airlock-{name}/src/**/*.py")]
    nodes = (node for file in files for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    return [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]


def test_the_page_lists_every_key_of_the_setting() -> None:
    """Sorted, so that a key is found."""
    assert first_column("Settings") == sorted(KEYS)


def test_the_page_lists_every_check() -> None:
    """By its id, which `SILENCED_SYSTEM_CHECKS` takes."""
    assert first_column("Checks") == list(IDS)


def test_every_message_that_is_explained_is_one_that_there_is() -> None:
    """Somebody may have rewritten it."""
    found = literals()

    assert [words for words in first_column("Troubleshooting") if not any(words in text for text in found)] == []
