"""The page about Django lists the settings and checks that there are."""

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


def test_the_page_lists_every_key_of_the_setting() -> None:
    """Sorted, so that a key is found."""
    assert first_column("Settings") == sorted(KEYS)


def test_the_page_lists_every_check() -> None:
    """By its id, which `SILENCED_SYSTEM_CHECKS` takes."""
    assert first_column("Checks") == list(IDS)
