"""The README is right about the suite."""

import re
from pathlib import Path

from airlock_conformance import Capability

pytest_plugins = ["pytester"]

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def test_the_readme_lists_every_capability():
    listed = dict(re.findall(r"^\| `([A-Z_]+)` \| (.*) \|$", README, re.MULTILINE))
    assert listed == {capability.name: capability.value for capability in Capability}


def test_the_suite_passes_on_the_executor_of_the_readme(pytester):
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    pytester.makepyfile(blocks[0])
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-q")
    outcomes = result.parseoutcomes()
    assert set(outcomes) == {"passed", "deselected"}
    assert outcomes["passed"] > 100
