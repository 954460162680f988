"""One kind of database a process, `FAULTS_DATABASE`: `make test-faults` runs these tests on each."""

import os
import random
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from storm.checking import Report
from storm.database import NoServerError, clear, count_pending, database, examine
from storm.processes import manage, wait_until

KIND = os.environ.get("FAULTS_DATABASE", "sqlite")


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("storm")


@pytest.fixture(scope="session")
def database_variables(folder: Path) -> Iterator[dict[str, str]]:
    """The database of this process."""
    try:
        with database(KIND, folder) as variables:
            yield variables
    except NoServerError as error:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(str(error))


@pytest.fixture
def seed() -> str:
    """Where chance comes from; set FAULTS_SEED to have the same again."""
    return os.environ.get("FAULTS_SEED") or str(random.SystemRandom().randrange(10**9))


@pytest.fixture
def variables(database_variables: dict[str, str], folder: Path, seed: str) -> dict[str, str]:
    """What children need to know; nothing is left of what was before."""
    clear(folder)
    return {**database_variables, "FAULTS_SEED": seed}


@pytest.fixture
def relay_the_rest(variables: dict[str, str], folder: Path, seed: str) -> Callable[..., Report]:
    """Run relays until nothing is pending, and say what has come of it all."""

    def relay(count: int = 1, **environment: str) -> Report:
        relays = [manage(variables | environment, "airlock_relay") for _ in range(count)]
        try:
            wait_until(lambda: not count_pending())
        finally:
            for process in relays:
                process.terminate()
            codes = [process.wait(60) for process in relays]
        # One that has only just been started does not listen yet.
        assert {*codes} <= {0, -signal.SIGTERM}
        return examine(seed, KIND, folder)

    return relay
