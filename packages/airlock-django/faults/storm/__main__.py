"""A storm: producers and relays, killed and stopped at random, and what is left when it is over.

python -m storm --database postgres --seconds 600
"""

from __future__ import annotations

import argparse
import random
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from storm.checking import Report
from storm.database import database, examine
from storm.processes import Weather, rage


def main() -> int:
    """Return 0 if nothing was lost, leaked or out of order."""
    parser = argparse.ArgumentParser(prog="python -m storm", description="Kill producers and relays, and count.")
    parser.add_argument("--database", choices=["sqlite", "postgres", "mariadb"], default="sqlite")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", default=str(random.SystemRandom().randrange(10**9)))
    parser.add_argument("--planted", default="", help="a fault to plant, which has to be found")
    arguments = parser.parse_args()
    print(f"storm: {arguments.database}, {arguments.seconds:g} seconds, seed {arguments.seed}", flush=True)
    with TemporaryDirectory(prefix="storm-") as name, database(arguments.database, Path(name)) as variables:
        variables |= {"FAULTS_SEED": arguments.seed, "FAULTS_BAD": "0.02", "FAULTS_PLANTED": arguments.planted}
        weather = Weather(random.Random(arguments.seed))
        rage(variables, arguments.seed, arguments.seconds, weather)
        report = examine(arguments.seed, arguments.database, Path(name))
        tell(report, weather, Path(name) / "log")
    return 1 if report.faults else 0


def tell(report: Report, weather: Weather, log: Path) -> None:
    """Print what came of it."""
    print(f"storm: {report} ({weather})", flush=True)
    for name, count in report.faults.items():
        print(f"storm: FAULT: {count} {name.replace('_', ' ')}", flush=True)
    if report.faults and log.exists():
        print("storm: the end of the log:", *log.read_text().splitlines()[-30:], sep="\n    ", flush=True)


if __name__ == "__main__":
    sys.exit(main())
