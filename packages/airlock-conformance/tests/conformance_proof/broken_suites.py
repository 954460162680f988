"""A test class for each broken executor; `test_broken.py` collects it in a process of its own."""

from __future__ import annotations

import pytest
from airlock_conformance import ExecutorSuite, WorkerSuite
from airlock_conformance._guard import promises_of

from conformance_proof import broken_batches, broken_kinds, broken_messages, broken_sending, broken_workers
from conformance_proof.registry import BROKEN, Broken

MODULES = (broken_batches, broken_kinds, broken_messages, broken_sending, broken_workers)


def suite_for(test: str, broken: Broken) -> type:
    """Return a test class for a broken executor."""
    suite = ExecutorSuite if test in promises_of(ExecutorSuite) else WorkerSuite

    @pytest.fixture
    def executor(self):
        return broken.executor(self.queue)

    members = {"executor": executor, "capabilities": broken.capabilities, "meant": test, "patience": 0.5}
    return type(f"TestThat_{test}", (broken.hooks, suite), {**members, "blocking": 0.3, "__module__": __name__})


globals().update({f"TestThat_{test}": suite_for(test, broken) for test, broken in BROKEN.items()})
