import subprocess
import sys
from pathlib import Path

import airlock
import airlock.testing

HEAVY = [
    "airlock.integrations",
    "airlock.testing",
    "asyncio",
    "dataclasses",
    "importlib.metadata",
    "inspect",
    "logging",
    "pkgutil",
    "uuid",
]


def imported_by(program):
    """Return which heavy modules a program has imported, without what site-packages import at start."""
    path = str(Path(airlock.__file__).parent.parent)
    source = f"import sys; sys.path.insert(0, {path!r})\nimport airlock\n{program}\n"
    source += f"print([name for name in {HEAVY} if name in sys.modules])"
    finished = subprocess.run([sys.executable, "-S", "-c", source], capture_output=True, text=True, check=True)
    return finished.stdout


def test_all_names_everything_that_is_public_and_is_sorted():
    public = {name for name in vars(airlock) if name[0].isalpha()} - {"integrations", "testing"}
    assert airlock.__all__ == sorted(airlock.__all__)
    assert set(airlock.__all__) == public


def test_importing_airlock_imports_no_integration_and_nothing_heavy():
    assert imported_by("") == "[]\n"


def test_a_scope_with_a_policy_and_an_executor_imports_nothing_heavy_either():
    program = "scope = airlock.scope(policy=airlock.BlockTasks({'x'}), executor=lambda intent: None)"
    assert imported_by(f"{program}\nwith scope: airlock.enqueue(print)") == "[]\n"


def test_testing_names_everything_that_is_public_and_is_sorted():
    public = {name for name in vars(airlock.testing) if name[0].isalpha()}
    assert airlock.testing.__all__ == sorted(airlock.testing.__all__)
    assert set(airlock.testing.__all__) == public - {"annotations"}


def test_importing_what_tests_need_imports_no_integration_and_no_framework():
    program = (
        "import airlock.testing\nassert not {'pytest', 'unittest', 'json', 'pickle', 'difflib'} & set(sys.modules)"
    )
    assert imported_by(program) == "['airlock.testing']\n"
