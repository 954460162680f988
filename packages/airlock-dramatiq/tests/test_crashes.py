"""Workers that are told to stop, that are killed, and that are interrupted while they send."""

import os
import signal

import pytest
from airlock_conformance.workers import wait_until
from dramatiq_support.observing import watched

pytestmark = pytest.mark.server


@pytest.fixture(params=["redis", "rabbitmq"])
def side(request, tmp_path):
    with watched(request.param, "crashes", "middle", tmp_path) as found:
        yield found


def test_what_a_killed_worker_was_about_has_sent_nothing_and_is_done_again(side):
    side.send("wait", "killed")
    with side.worker(threads=1) as process:
        assert side.wait_for("killed", 1) == ["waiting"]
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
    assert side.pending() == 1
    side.go("killed")
    with side.worker():
        assert side.wait_for("killed", 3) == ["waiting", "waiting", "effect"]
        assert side.is_idle()
    assert side.events("killed") == ["waiting", "waiting", "effect"]


def test_a_worker_that_is_told_to_stop_sends_what_the_actor_in_hand_wants(side):
    side.send("wait", "stopped")
    with side.worker(threads=1) as process:
        assert side.wait_for("stopped", 1) == ["waiting"]
        process.terminate()
        assert wait_until(lambda: "Shutting down" in side.log.read_text())
        side.go("stopped")
        assert process.wait(20) == 0
    assert (side.ends("stopped"), side.pending()) == (["wait done"], 1)
    with side.worker():
        assert side.is_idle()
    assert side.events("stopped") == ["waiting", "effect"]


def test_what_a_worker_does_not_finish_before_it_has_to_stop_sends_nothing_and_is_done_again(side):
    side.send("wait", "cut off")
    with side.worker("--worker-shutdown-timeout=200") as process:
        assert side.wait_for("cut off", 1) == ["waiting"]
        process.terminate()
        process.wait(30)
    assert (side.ends("cut off"), side.pending()) == ([], 1)
    side.go("cut off")
    with side.worker():
        assert side.wait_for("cut off", 3) == ["waiting", "waiting", "effect"]
        assert side.is_idle()
    assert side.events("cut off") == ["waiting", "waiting", "effect"]


@pytest.mark.parametrize(("actor", "begun"), [("shut_down", "lingering"), ("shut_down_in_flush", "sending")])
def test_an_actor_that_a_shutdown_interrupts_has_sent_nothing_and_is_tried_again(actor, begun, side):
    side.send(actor, actor)
    with side.worker(threads=1) as process:
        assert side.wait_for(actor, 1) == [begun]
        process.terminate()
        assert process.wait(30) == 0
    assert (side.ends(actor), side.pending()) == ([f"{actor} done"], 1)
    with side.worker():
        assert side.is_idle()
    assert side.events(actor) == [begun, "effect"]
    assert side.ends(actor) == ["mark done", f"{actor} done", f"{actor} done"]


def test_a_flush_that_exceeds_the_time_limit_is_tried_again_and_does_not_disturb_the_next(side):
    for number in range(3):
        side.send("slow_flush", f"slow {number}")
    side.send("succeed", "next")
    with side.worker(threads=1):
        assert side.is_idle()
    assert sorted(side.events("next")) == ["effect", "second effect"]
    # One after the other, as few messages go to RabbitMQ, the first had arrived by then.
    twice = ["first"] if side.server == "rabbitmq" else []
    for number in range(3):
        assert sorted(side.events(f"slow {number}")) == sorted([*twice, "first", "last", "sending", "tardy one"])
        assert side.ends(f"slow {number}").count("slow_flush done") == 2
