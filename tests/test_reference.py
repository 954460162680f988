"""The reference is complete."""

import re
from pathlib import Path

import airlock

REFERENCE = Path(__file__).parent.parent / "docs" / "reference.md"


def test_the_reference_lists_every_public_name_once() -> None:
    """Nothing public is left without a page, and nothing private has one."""
    listed = re.findall(r"^\.\. auto\w+:: airlock\.(\w+)$", REFERENCE.read_text(), re.MULTILINE)

    assert sorted(listed) == sorted(airlock.__all__)
