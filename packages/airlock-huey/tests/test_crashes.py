"""Consumers that are told to stop, and consumers that are killed, in the middle of a task."""

import os
import signal

import pytest
from huey_suites.units_app import add_tasks
from huey_suites.watching import wait_until, watched

MODULE = "units_app"
SIDES = ["sqlite thread", "sqlite process", "redis process", "redis greenlet"]


@pytest.fixture(params=[pytest.param(side, marks=[pytest.mark.server] if "redis" in side else []) for side in SIDES])
def side(request, tmp_path):
    storage, kind = request.param.split()
    with watched(storage, tmp_path) as found:
        found.tasks, found.kind = add_tasks(found.huey), kind
        yield found


def events(side, run="run"):
    return [event for event in side.log.read(run) if not event.startswith("process")]


def start(side):
    """Send a task and wait until it is in the middle of its work."""
    side.tasks.wait("run")
    assert wait_until(lambda: events(side) == ["waiting"])
    assert side.waiting() == []


def test_what_a_killed_consumer_was_about_has_sent_nothing_and_huey_does_not_do_it_again(side):
    with side.consumer(MODULE, side.kind, may_end=True) as process:
        start(side)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
    assert side.waiting() == []
    side.log.go("run")
    side.tasks.work("next")
    with side.consumer(MODULE, side.kind):
        assert side.wait_for("next", 1) == ["effect"]
    assert (events(side), side.waiting()) == (["waiting"], [])


def test_an_interrupted_task_has_sent_nothing_and_may_be_done_again(side):
    with side.consumer(MODULE, side.kind, may_end=True) as process:
        start(side)
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    # Huey 2 may hand a task that was interrupted to a greenlet that is not.
    before = events(side)
    assert before == ["waiting", "interrupted"] * (len(before) // 2)
    assert side.waiting() == ["wait"]
    side.log.go("run")
    with side.consumer(MODULE, side.kind):
        assert wait_until(lambda: "effect" in events(side))
    assert (events(side), side.waiting()) == ([*before, "waiting", "effect"], [])


def test_a_consumer_that_is_told_to_finish_sends_what_the_task_in_hand_wants(side):
    with side.consumer(MODULE, side.kind, may_end=True) as process:
        start(side)
        process.send_signal(signal.SIGINT)
        assert wait_until(lambda: side.says("Shutting down gracefully"))
        side.log.go("run")
        assert process.wait(30) == 0
    assert (events(side), side.waiting()) == (["waiting"], ["effect"])


def test_a_worker_process_that_dies_alone_has_sent_nothing(tmp_path):
    with watched("sqlite", tmp_path) as side:
        side.tasks = add_tasks(side.huey)
        with side.consumer(MODULE, "process", "-c", "1"):
            start(side)
            os.kill(int(side.log.read("run")[0].split()[1]), signal.SIGKILL)
            side.log.go("run")
            side.tasks.work("next")
            assert side.wait_for("next", 1) == ["effect"]
        assert (events(side), side.waiting()) == (["waiting"], [])
