"""Workers that are told to stop, and workers that are killed, in the middle of a task."""

import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from celery_support.observing import Watched, wait_until, watched

pytestmark = pytest.mark.server


@pytest.fixture(params=["redis", "rabbitmq"])
def side(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    # Redis hands out again what nobody has acknowledged for that many seconds, RabbitMQ what a lost connection had.
    options: Any = {"visibility_timeout": 1} if request.param == "redis" else {}
    with watched(request.param, "crashes", "airlock", tmp_path_factory.mktemp("workers"), **options) as found:
        yield found


def test_what_a_killed_worker_was_about_has_sent_nothing_and_is_done_again(side: Watched) -> None:
    with side.worker() as process:
        result = side.send("wait", "killed")
        assert side.wait_for("killed", 1) == ["waiting"]
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
    assert side.events("killed") == ["waiting"]
    side.go("killed")
    with side.worker():
        assert side.state(result.id) == "SUCCESS"
        assert side.wait_for("killed", 3) == ["waiting", "waiting", "effect"]
        assert wait_until(lambda: side.depth() == 0)


def test_a_worker_that_is_told_to_stop_sends_what_the_task_in_hand_wants(side: Watched) -> None:
    with side.worker() as process:
        result = side.send("wait", "stopped")
        assert side.wait_for("stopped", 1) == ["waiting"]
        process.terminate()
        assert wait_until(lambda: "Warm shutdown" in side.log.read_text())
        assert side.depth() == 0
        side.go("stopped")
        assert process.wait(20) == 0
        assert (side.state(result.id), side.depth()) == ("SUCCESS", 1)
