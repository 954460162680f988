"""The page about the executors names the options that there are."""

import re
from collections.abc import Collection
from importlib import import_module
from pathlib import Path

import pytest

PAGE = (Path(__file__).parent.parent / "docs" / "executors.md").read_text(encoding="utf-8")


def documented(title: str) -> set[str]:
    """Return the options in the table below a title."""
    section = PAGE.split(f"\n### {title}\n")[1].split("\n#")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| ")]
    return {option for row in rows for option in re.findall(r"`(\w+)`", row)}


@pytest.mark.parametrize(
    ("title", "module"), [("Celery", "celery"), ("Huey", "huey"), ("django-q2", "django_q")], ids=lambda word: word
)
def test_the_page_lists_the_options_of_an_executor(title: str, module: str) -> None:
    """All of them and no other, each once."""
    package = import_module(f"airlock.integrations.executors.{module}")
    options: Collection[str] = getattr(package, f"{module}_executor").options

    assert documented(title) == set(options)
