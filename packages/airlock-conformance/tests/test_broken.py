"""Each test of the suite catches an executor that is broken on purpose, for that test."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from airlock_conformance import ExecutorSuite, WorkerSuite
from airlock_conformance._guard import promises_of
from conformance_proof import broken_suites, outcomes
from conformance_proof.registry import BROKEN

PROMISED = {**promises_of(ExecutorSuite), **promises_of(WorkerSuite)}


class Outcome(NamedTuple):
    nodeid: str
    when: str
    outcome: str
    text: str
    sections: list[list[str]]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> list[Outcome]:
    """What the suite said of each broken executor."""
    folder = tmp_path_factory.mktemp("broken")
    here = str(Path(__file__).parent)
    environment = os.environ | {outcomes.OUTCOMES: str(folder / "outcomes"), "PYTHONPATH": here}
    environment.pop("CI", None)
    plugin = ["-p", "conformance_proof.outcomes", "--noconftest", "--rootdir", here]
    command = [sys.executable, "-m", "pytest", "-q", *plugin, "--basetemp", str(folder / "temporary")]
    command += ["-o", f"cache_dir={folder / 'cache'}"]
    # Without a configuration file pytest knows nothing of this checkout.
    (folder / "pytest.ini").write_text("[pytest]\n")
    done = subprocess.run(
        [
            *command,
            "-c",
            str(folder / "pytest.ini"),
            "--basetemp",
            str(folder / "temporary"),
            "--noconftest",
            str(broken_suites.__file__),
        ],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, f"{done.stdout}\n{done.stderr}"
    return [Outcome(*json.loads(line)) for line in (folder / "outcomes").read_text().splitlines()]


def test_every_test_of_the_suite_has_its_broken_executor():
    assert set(BROKEN) == set(PROMISED)


@pytest.mark.parametrize("test", PROMISED)
def test_a_broken_executor_is_caught_by_the_test_meant_for_it(test, results):
    own = [result for result in results if f"::{test}" in result.nodeid]
    assert "failed" in [result.outcome for result in own]
    assert {result.when for result in own} == {"call"}


def test_what_greenlets_mix_is_seen_by_the_process_under_gevent(results):
    (caught,) = [result for result in results if "::test_greenlets" in result.nodeid]
    assert "1 failed" in caught.text
    assert "assert own ==" in caught.text


@pytest.mark.parametrize("test", PROMISED)
def test_a_failure_says_what_is_promised_and_what_to_check(test, results):
    caught = [result for result in results if f"::{test}" in result.nodeid and result.outcome == "failed"]
    (promise,) = {text for title, text in caught[0].sections if title.startswith("What the suite promises")}
    assert "If it fails, check" in promise


@pytest.mark.parametrize("test", PROMISED)
def test_a_docstring_is_a_promise_and_ends_with_what_to_check(test):
    promise, _, check = (PROMISED[test].__doc__ or "").partition("\n\n")
    assert promise.strip().endswith(".")
    assert check.strip().startswith("If it fails, check")
    assert check.strip().endswith(".")
