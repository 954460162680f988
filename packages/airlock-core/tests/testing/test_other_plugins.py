"""Together with the plugins that others use, each in an environment that has it."""

import os
import subprocess
import sys
from pathlib import Path
from shutil import which
from textwrap import dedent

import pytest

CORE = Path(__file__).parents[2]
ASYNC = """
import airlock
import pytest


def charge(order): ...


async def place(order):
    async with airlock.scope():
        airlock.enqueue(charge, order)


@pytest.fixture
def before(airlock_effects):
    airlock.enqueue(charge, 1)
"""


def run(environment, *command):
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """An interpreter with the core and the other plugins."""
    uv = CORE.parent.parent / "scripts" / "uv"
    uv = uv if uv.exists() else which("uv")
    foreign = ("PYTHON", "PYTEST", "COVERAGE", "VIRTUAL_ENV")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    folder = tmp_path_factory.mktemp("plugins") / "environment"
    for command in (
        ("venv", "--python", sys.executable, folder),
        ("pip", "install", "--python", folder, CORE, "anyio>=4", "pytest>=9", "pytest-asyncio>=1", "pytest-xdist>=3"),
    ):
        done = run(environment, uv, "--quiet", *command)
        assert done.returncode == 0, done.stderr
    return folder / "bin" / "python"


@pytest.fixture
def run_tests(python, tmp_path):
    def run_tests(source, *arguments, ini=""):
        (tmp_path / "pytest.ini").write_text(f"[pytest]\nfilterwarnings = error\n{dedent(ini)}")
        (tmp_path / "test_shop.py").write_text(ASYNC + dedent(source))
        foreign = ("PYTEST", "COVERAGE", "COV_")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        command = [python, "-m", "pytest", "-p", "no:cacheprovider", *arguments, tmp_path]
        done = run(environment, *command)
        return done.stdout + done.stderr

    return run_tests


ASYNC_TESTS = """
    async def test_place(airlock_effects):
        await place(41)
        airlock_effects.assert_enqueued_with(charge, 41)


    async def test_place_again(airlock_effects, before):
        await place(42)
        assert [intent.args for intent in airlock_effects] == [(1,), (42,)]


    async def test_open(airlock_effects):
        airlock.scope().enter()
        airlock.enqueue(charge, 43)
"""


@pytest.mark.parametrize("scope", ["function", "session"])
def test_asyncio_tests_are_recorded_whatever_the_scope_of_their_loop(run_tests, scope):
    ini = f"""
        asyncio_mode = auto
        asyncio_default_fixture_loop_scope = {scope}
        asyncio_default_test_loop_scope = {scope}
    """
    output = run_tests(ASYNC_TESTS, "-p", "no:anyio", ini=ini)
    assert "3 passed, 1 error" in output, output
    assert "<Scope active, 1 intents> was left open" in output


def test_anyio_tests_are_recorded(run_tests):
    source = "anyio_backend = pytest.fixture(lambda: 'asyncio')\npytestmark = pytest.mark.anyio\n" + dedent(ASYNC_TESTS)
    output = run_tests(source, "-p", "no:asyncio")
    assert "3 passed, 1 error" in output, output
    assert "<Scope active, 1 intents> was left open" in output


def test_workers_of_xdist_each_record_their_own(run_tests):
    source = """
        @pytest.mark.parametrize("number", range(40))
        def test_place(number, airlock_effects):
            with airlock.scope():
                airlock.enqueue(charge, number)
            airlock_effects.assert_count(1)
            airlock_effects.assert_enqueued_with(charge, number)
    """
    output = run_tests(source, "-n", "4", "-p", "no:asyncio", "-p", "no:anyio", ini="airlock_autouse = true")
    assert "40 passed" in output, output
