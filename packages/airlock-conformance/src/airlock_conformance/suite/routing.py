"""The executors `auto` and `sync` know the queue's tasks."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

import airlock
from airlock import Executor, Scope, _executors
from airlock.integrations.executors.auto import auto_executor
from airlock.integrations.executors.sync import sync_executor
from airlock_conformance import tasks
from airlock_conformance._capability import Capability, not_with
from airlock_conformance.suite._hooks import Hooks
from airlock_conformance.suite._strangers import Lookalike


class RoutingTests(Hooks):
    """As if the executor under test, and no other, were installed."""

    @pytest.fixture
    def installed(self, executor: Executor, monkeypatch: pytest.MonkeyPatch) -> None:
        """Install the executor under test under a short name, in place of whatever is installed."""
        found: dict[str, Executor] = {"auto": auto_executor, "sync": sync_executor, "under-test": executor}
        points = {name: EntryPoint(name, "under:test", _executors.GROUP) for name in sorted(found)}
        monkeypatch.setattr(_executors, "installed", lambda: points)
        monkeypatch.setattr(_executors, "find_executor", found.__getitem__)

    @pytest.fixture
    def trace(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
        """The file in which tasks that run here leave their trace."""
        path = tmp_path / "trace"
        monkeypatch.setenv(tasks.TRACE, str(path))
        return path

    @not_with(Capability.PERFORMS, Capability.PLAIN_FUNCTIONS)
    @pytest.mark.usefixtures("installed")
    def test_auto_sends_its_tasks(self) -> None:
        """Under `auto` a task of the queue goes to the queue, in order.

        If it fails, check `accepts`, which `auto` asks.
        """
        task = self.make_task(tasks.note)
        with Scope(executor=auto_executor):
            airlock.enqueue(task, 1)
            airlock.enqueue(task, 2)
        assert self.arrived_numbers(2) == [1, 2]

    @not_with(Capability.PERFORMS)
    @pytest.mark.usefixtures("installed")
    def test_auto_keeps_everything_else_away_from_it(self, trace: Path) -> None:
        """Under `auto` a plain function and an object that only looks like a task run here, and nothing is sent.

        If it fails, check that `accepts` says no to what is merely callable or merely has a method of some name.
        """
        stranger = Lookalike("note")
        with Scope(executor=auto_executor):
            airlock.enqueue(tasks.note, 1)
            airlock.enqueue(stranger, 2)
        assert [call.args for call in tasks.read(trace)] == ["(1,)"]
        assert stranger.used == ["called"]
        assert self.queued() == []

    @not_with(Capability.PERFORMS)
    @pytest.mark.usefixtures("installed")
    def test_sync_performs_its_tasks_and_sends_nothing(self, trace: Path) -> None:
        """Under `sync` a task of the queue runs in this process with its arguments, though calling it may enqueue it.

        If it fails, check that `perform` runs the function behind the task.
        """
        with Scope(executor=sync_executor):
            airlock.enqueue(self.make_task(tasks.note), 1, two=2)
        assert self.queued() == []
        (call,) = tasks.read(trace)
        assert (call.task, call.args, call.kwargs) == ("note", "(1,)", "[('two', 2)]")
