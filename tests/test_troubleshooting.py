"""Every message that a page explains is one that there is."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HEADER = "\n| message | cause and cure |\n"
PAGES = [page for page in sorted(ROOT.glob("docs/*.md")) if HEADER in page.read_text(encoding="utf-8")]


def explained(page: Path) -> list[str]:
    """Return the code in the first column of the tables of messages."""
    tables = [text.split("\n\n")[0] for text in page.read_text(encoding="utf-8").split(HEADER)[1:]]
    return re.findall(r"^\| `([^`]+)` \|", "\n".join(tables), re.MULTILINE)


def literals() -> list[str]:
    """Return all text that stands in the sources."""
    files = ROOT.glob("packages/*/src/**/*.py")
    nodes = (node for file in files for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    return [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_message_that_is_explained_is_one_that_there_is(page: Path) -> None:
    """Somebody may have rewritten it."""
    found = literals()
    messages = explained(page)

    assert messages
    assert [words for words in messages if not any(words in text for text in found)] == []
