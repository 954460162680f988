"""What a page shows is what its code prints."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def passes(folder: Path, page: str) -> bool:
    """Whether the tests of a page pass, in a checkout with nothing else in it."""
    for file in ("conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / file, folder)
    (folder / "page.md").write_text(f"# Page\n\n{page}", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "--quiet", "page.md"]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize(
    ("code", "shown", "is_right"),
    [("print(7)", "7", True), ("print(7)", "8", False), ("number = 7", "7", False)],
    ids=["what it prints", "something else", "what it does not print"],
)
def test_a_block_of_text_right_after_code_has_to_show_what_that_prints(
    tmp_path: Path, code: str, shown: str, is_right: bool
) -> None:
    assert passes(tmp_path, f"```python\n{code}\n```\n\n```text\n{shown}\n```\n") is is_right


def test_what_a_command_prints_is_not_taken_for_what_the_code_before_it_prints(tmp_path: Path) -> None:
    page = "```python\nnumber = 7\n```\n\n```sh\ndate\n```\n\n```text\nFri Nov 20\n```\n"

    assert passes(tmp_path, page)
