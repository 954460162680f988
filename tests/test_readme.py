"""What the READMEs promise: the demo prints what is shown, the verbs are there."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_the_readme_of_the_example_shows_what_the_demo_prints() -> None:
    demo = [sys.executable, str(ROOT / "examples" / "orders" / "demo.py")]
    printed = subprocess.run(demo, capture_output=True, text=True, check=True).stdout
    assert f"```text\n{printed}```\n" in (ROOT / "examples" / "orders" / "README.md").read_text(encoding="utf-8")


def test_every_verb_has_a_recipe_and_says_what_it_does() -> None:
    """A verb that is only declared does nothing, and says nothing of it."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    declared = re.search(r"^\.PHONY: ((?:.*\\\n)*.*)$", makefile, re.MULTILINE)
    assert declared
    described = re.findall(r"^([a-z-]+):.*## .+\n(?:\t|\w+:)", makefile, re.MULTILINE)
    assert sorted(declared[1].replace("\\", "").split()) == sorted(described)


def test_the_readme_names_the_verbs_that_the_makefile_has() -> None:
    verbs = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for verb in ("demo", "test"):
        assert f"make {verb}\n" in readme
        assert f"  {verb} " in verbs
