"""A process that has sent forks, as workers of web servers and queues do."""

from __future__ import annotations

import os
import signal
import time
import traceback
import warnings
from collections.abc import Callable
from typing import Any

import airlock
from airlock import Executor, Scope
from airlock_conformance import tasks
from airlock_conformance._capability import Capability, requires
from airlock_conformance.suite._hooks import Hooks


class ForkTests(Hooks):
    """Parent and child send, and neither disturbs the other."""

    @requires(Capability.FORK)
    def test_a_forked_child_can_send(self, executor: Executor) -> None:
        """A child of a process that has sent already sends as well, and the parent goes on.

        If it fails, check for threads and locks of the parent, which a child does not have, and for connections that
        were open before the fork: notice a new process id and open new ones.
        """
        task = self.make_task(tasks.note)
        _flush(executor, task, 0)
        status = _in_child(lambda: _flush(executor, task, 1), self.patience + self.blocking)
        _flush(executor, task, 2)
        assert status == 0
        assert sorted(self.arrived_numbers(3)) == [0, 1, 2]

    @requires(Capability.FORK)
    def test_parent_and_child_do_not_share_a_connection(self, executor: Executor) -> None:
        """Of a parent and a child that send at the same time every message arrives once and whole.

        If it fails, check for a connection, or a buffer not yet written, that both have inherited.
        """
        task = self.make_task(tasks.note)
        _flush(executor, task, 0)
        status = _in_child(
            lambda: _flush(executor, task, 1, 50),
            self.patience + self.blocking,
            meanwhile=lambda: _flush(executor, task, 2, 50),
        )
        assert status == 0
        arrived = self.arrived_numbers(101)
        assert [arrived.count(sender) for sender in range(3)] == [1, 50, 50]


def _flush(executor: Executor, task: Any, sender: int, scopes: int = 1) -> None:
    for turn in range(scopes):
        with Scope(executor=executor):
            airlock.enqueue(task, sender, turn)


def _in_child(work: Callable[[], None], bound: float, meanwhile: Callable[[], None] | None = None) -> int:
    """Run something in a forked child and return its exit status; a child that hangs is killed."""
    with warnings.catch_warnings():
        # Python warns of forking a process with threads, which is what is tested here.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    if meanwhile is not None:
        meanwhile()
    return _wait(child, time.monotonic() + bound)


def _wait(child: int, deadline: float) -> int:
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return -signal.SIGKILL
