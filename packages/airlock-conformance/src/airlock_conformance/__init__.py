"""The tests that every executor passes: subclass `ExecutorSuite`, and `WorkerSuite` for a real worker."""

import pytest

pytest.register_assert_rewrite("airlock_conformance.suite")

from airlock_conformance._capability import Capability  # noqa: E402  (what is imported before is not rewritten)
from airlock_conformance._queued import Queued  # noqa: E402
from airlock_conformance.suite import ExecutorSuite, WorkerSuite  # noqa: E402

__all__ = ["Capability", "ExecutorSuite", "Queued", "WorkerSuite"]
