"""A plugin for pytest: run for each broken executor the test that is meant for it, and write down what came of it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

OUTCOMES = "AIRLOCK_PROOF_OUTCOMES"


def pytest_pycollect_makeitem(collector: pytest.Collector, name: str) -> list[pytest.Item] | None:
    """Pass over every test but the one that is meant."""
    meant = getattr(getattr(collector, "cls", None), "meant", name)
    return [] if name.startswith("test_") and name != meant else None


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if OUTCOMES in os.environ and (report.when == "call" or report.failed):
        line = json.dumps([report.nodeid, report.when, report.outcome, report.longreprtext, report.sections])
        with Path(os.environ[OUTCOMES]).open("a") as outcomes:
            outcomes.write(f"{line}\n")
