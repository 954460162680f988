"""What django-q2 does again after a failure, and clusters that are stopped and killed in the middle of a task."""

import os
import signal
from collections.abc import Iterator

import pytest
from django_q_project.clusters import MODES, Watched, ended, wait_until, watched

KEPT = ["orm", pytest.param("postgres", marks=pytest.mark.server)]
"""The brokers that hand out again what nobody has acknowledged, `retry` seconds after the first time."""
ALL = [*KEPT, pytest.param("redis", marks=pytest.mark.server)]


@pytest.fixture(params=MODES)
def side(request: pytest.FixtureRequest, broker: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    options = {"timeout": 5, "retry": 6}
    with watched(broker, request.param, tmp_path_factory.mktemp("cluster"), **options) as found:
        yield found


def effects(side: Watched, name: str) -> set[str]:
    """Return what has happened but the attempts; a task may be handed out once more before it is acknowledged."""
    return {event for event in side.events(name) if not event.startswith("attempt")}


@pytest.mark.parametrize("broker", KEPT)
def test_what_is_done_again_sends_the_effects_of_the_attempt_that_succeeds(side: Watched) -> None:
    with side.cluster():
        sent = {name: side.send(name) for name in ("fail_first", "flush_fails_first", "exit_first", "die_first")}
        for name in sent:
            assert "effect of 2" in side.wait_for(name, "effect of 2")
        for name in ("fail_first", "flush_fails_first"):
            assert wait_until(lambda name=name: ended(sent[name]).attempt_count > 1)
        assert wait_until(lambda: side.depth() == 0)
    for name in sent:
        assert "effect of 1" not in effects(side, name)


@pytest.mark.parametrize("broker", KEPT)
def test_what_a_killed_cluster_was_about_has_sent_nothing_and_is_done_again(side: Watched) -> None:
    with side.cluster() as process:
        side.send("wait", timeout=60)
        assert side.wait_for("wait", "attempt 1") == ["attempt 1"]
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
    assert (side.events("wait"), side.depth()) == (["attempt 1"], 1)
    side.go("wait")
    with side.cluster():
        assert "effect of 2" in side.wait_for("wait", "effect of 2")
        assert wait_until(lambda: side.depth() == 0)
    assert "effect of 1" not in effects(side, "wait")


@pytest.mark.parametrize("broker", [pytest.param("redis", marks=pytest.mark.server)])
def test_what_a_killed_cluster_was_about_is_lost_with_redis_which_keeps_no_receipts(side: Watched) -> None:
    with side.cluster() as process:
        side.send("wait", timeout=60)
        assert side.wait_for("wait", "attempt 1") == ["attempt 1"]
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
    assert (side.events("wait"), side.depth()) == (["attempt 1"], 0)


@pytest.mark.parametrize("broker", ALL)
def test_a_cluster_that_is_told_to_stop_sends_what_the_task_in_hand_wants(side: Watched) -> None:
    with side.cluster() as process:
        identifier = side.send("wait", timeout=60)
        assert side.wait_for("wait", "attempt 1") == ["attempt 1"]
        process.terminate()
        side.go("wait")
        # It has ended by itself; an old django-q2 says 1 then.
        assert process.wait(60) in (0, 1)
    assert ended(identifier).success
    with side.cluster():
        assert side.wait_for("wait", "effect of 1") == ["attempt 1", "effect of 1"]
