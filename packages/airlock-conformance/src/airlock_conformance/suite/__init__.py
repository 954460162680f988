"""The tests, grouped by what they are about."""

from airlock_conformance.suite._executor import ExecutorSuite
from airlock_conformance.suite._worker import WorkerSuite

__all__ = ["ExecutorSuite", "WorkerSuite"]
