"""The suite for an executor and a worker that runs what it sends."""

from __future__ import annotations

from airlock_conformance.suite.running import RunningTests


class WorkerSuite(RunningTests):
    """What every task may rely on when a real worker runs it: subclass it once for each backend.

    The worker is started once for the class. It must see the environment variable `airlock_conformance.tasks.TRACE`,
    and make tasks of the functions in that module in the way `make_task` does.
    """
