"""Under gevent, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import pytest

import airlock
from airlock import Executor, Scope
from airlock_conformance import tasks
from airlock_conformance._capability import Capability, requires
from airlock_conformance.suite._hooks import Hooks

GREENLETS: Final = 20
TURNS: Final = 2
INTENTS: Final = 5
_INSIDE: Final = "AIRLOCK_CONFORMANCE_UNDER_GEVENT"
_PROGRAM: Final = """
from gevent import monkey
monkey.patch_all()
import sys, pytest
sys.exit(pytest.main(sys.argv[1:]))
"""


class GreenletTests(Hooks):
    """Greenlets share one thread and one executor."""

    @requires(Capability.GEVENT)
    def test_greenlets_neither_lose_nor_mix_what_they_send(
        self, executor: Executor, request: pytest.FixtureRequest, tmp_path: Path
    ) -> None:
        """With gevent's patches every message of greenlets that flush at the same time arrives once, in their order.

        If it fails, check for state on the executor, for connections that are shared across a switch of greenlets, and
        for C libraries that block; the output of the process under gevent is below.
        """
        if _INSIDE in os.environ:
            _flush_in_greenlets(executor, self.make_task(tasks.note), self.patience + self.blocking)
            arrived = [tuple(message.args) for message in self.arrivals(GREENLETS * TURNS * INTENTS)]
            for greenlet in range(GREENLETS):
                own = [args for args in arrived if args[0] == greenlet]
                assert own == [(greenlet, turn, number) for turn in range(TURNS) for number in range(INTENTS)]
            return
        test = f"{request.node.path}::{request.node.nodeid.partition('::')[2]}"
        settings = [f"--rootdir={request.config.rootpath}", "-o", f"cache_dir={tmp_path}"]
        if request.config.inipath is not None:
            settings += ["-c", str(request.config.inipath)]
        done = subprocess.run(
            [sys.executable, "-c", _PROGRAM, "-q", *settings, test],
            cwd=request.config.invocation_params.dir,
            env=os.environ | {_INSIDE: "1"},
            capture_output=True,
            text=True,
            timeout=self.patience + 60,
            check=False,
        )
        assert done.returncode == 0, f"under gevent:\n{done.stdout}\n{done.stderr}"


def _flush_in_greenlets(executor: Executor, task: Any, bound: float) -> None:
    # It is optional, and not installed where types are checked.
    gevent: Any = import_module("gevent")

    def work(greenlet: int) -> None:
        for turn in range(TURNS):
            with Scope(executor=executor):
                for number in range(INTENTS):
                    airlock.enqueue(task, greenlet, turn, number)
                    gevent.sleep(0)

    greenlets: list[Any] = [gevent.spawn(work, greenlet) for greenlet in range(GREENLETS)]
    gevent.joinall(greenlets, timeout=bound, raise_error=True)
