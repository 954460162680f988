"""Producers and relays that are killed and stopped at random."""

import os
import random
from pathlib import Path

from storm.database import examine
from storm.processes import Weather, rage

from conftest import KIND

SECONDS = float(os.environ.get("FAULTS_SECONDS", "20"))


def test_nothing_is_lost_leaked_or_out_of_order(variables: dict[str, str], folder: Path, seed: str) -> None:
    weather = Weather(random.Random(seed))
    rage(variables | {"FAULTS_BAD": "0.02"}, seed, SECONDS, weather)
    report = examine(seed, KIND, folder)
    print(f"{report} ({weather})")
    assert not report.faults, report
    assert report.committed
    assert not report.dead
    assert weather.kills
    assert weather.stops
