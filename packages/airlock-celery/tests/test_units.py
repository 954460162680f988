"""Tasks as units of work in real workers: what an execution enqueues is sent if it succeeds, and not otherwise."""

from collections.abc import Iterator
from typing import Any

import pytest
from celery_support.observing import Watched, wait_until, watched

pytestmark = pytest.mark.server

# What happens, in any order, and how the task ends.
OUTCOMES = {
    "autoretry": (["effect of 1"], "SUCCESS"),
    "bad_effect": ([], "FAILURE"),
    "bad_effect_at_first": (["attempt 0", "attempt 1", "effect"], "SUCCESS"),
    "calls_by_hand": (["called", *["effect"] * 3, *["second effect"] * 3], "SUCCESS"),
    "calls_by_hand_and_fails": (["called"], "FAILURE"),
    "calls_itself": (["effect of 0", "effect of 1", "effect of 2"], "SUCCESS"),
    "crash": ([], "FAILURE"),
    "leak": ([], "FAILURE"),
    "replace": (["replacement"], "SUCCESS"),
    "retry": (["effect of 2"], "SUCCESS"),
    "scoped": (["effect"], "SUCCESS"),
    "succeed": (["effect", "second effect"], "SUCCESS"),
}
# Only processes can be interrupted or die alone.
PREFORK_OUTCOMES = {
    "die": (["effect"], "SUCCESS"),
    "slow": ([], "FAILURE"),
    "slow_but_careful": (["effect", "given up"], "SUCCESS"),
    "too_slow": (["started"], "FAILURE"),
}


@pytest.fixture(scope="module", params=["redis-prefork", "rabbitmq-prefork", "redis-threads", "redis-gevent"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """A worker, with a message to each of its tasks."""
    broker, _, pool = request.param.partition("-")
    with watched(broker, f"units-{pool}", "airlock", tmp_path_factory.mktemp("workers")) as side:
        with side.worker(pool=pool):
            outcomes = OUTCOMES | (PREFORK_OUTCOMES if pool == "prefork" else {})
            for name in outcomes:
                side.send(name, name, task_id=f"{side.run_of(name)}-id")
            for name in ("ignore", "reject"):
                side.send(name, name)
            yield side


def check(name: str, expected: Any, side: Watched) -> None:
    events, state = expected
    assert side.state(f"{side.run_of(name)}-id") == state
    side.wait_for(name, len(events))
    assert sorted(side.events(name)) == events


@pytest.mark.parametrize("name", OUTCOMES)
def test_effects_are_sent_if_the_task_succeeds(name: str, running: Watched) -> None:
    check(name, OUTCOMES[name], running)


@pytest.mark.parametrize("name", PREFORK_OUTCOMES)
@pytest.mark.parametrize("running", ["redis-prefork", "rabbitmq-prefork"], indirect=True)
def test_effects_of_a_process_that_is_interrupted_are_not_sent(name: str, running: Watched) -> None:
    check(name, PREFORK_OUTCOMES[name], running)


def test_a_map_is_one_unit_of_work(running: Watched) -> None:
    good, bad = running.run_of("good map"), running.run_of("bad map")
    item = running.app.signature("celery_support.units.item")
    results = [
        running.app.send_task("celery.starmap", kwargs={"task": item, "it": [(run, "first"), (run, last)]})
        for run, last in [(good, "second"), (bad, "bad")]
    ]
    assert [running.state(result.id) for result in results] == ["SUCCESS", "FAILURE"]
    assert (sorted(running.wait_for("good map", 2)), running.events("bad map")) == (["first", "second"], [])


def test_the_result_of_a_task_is_stored_after_its_effects_are_sent(running: Watched) -> None:
    task_id = f"{running.run_of('succeed')}-id"
    assert running.result(task_id)["result"] == "done"


def test_a_flush_that_fails_is_the_error_of_the_task(running: Watched) -> None:
    task_id = f"{running.run_of('bad_effect')}-id"
    assert "cannot send mark" in str(running.result(task_id)["result"])


# With gevent each task has a context of its own, and cannot leave anything open.
@pytest.mark.parametrize("running", ["redis-prefork", "rabbitmq-prefork", "redis-threads"], indirect=True)
def test_a_scope_left_open_by_another_task_is_reported_and_swallows_nothing(running: Watched) -> None:
    leaks = [running.send("leak_outside", f"leak {number}") for number in range(4)]
    assert {running.state(result.id) for result in leaks} == {"SUCCESS"}
    results = [running.send("succeed", f"after a leak {number}") for number in range(8)]
    assert {running.state(result.id) for result in results} == {"SUCCESS"}
    for number in range(8):
        running.wait_for(f"after a leak {number}", 2)
        assert sorted(running.events(f"after a leak {number}")) == ["effect", "second effect"]
    report = "A Scope was still open when the task celery_support."
    assert wait_until(lambda: report in running.log.read_text())
    assert [running.events(f"leak {number}") for number in range(4)] == [[]] * 4


@pytest.mark.parametrize("running", ["redis-prefork", "rabbitmq-prefork"], indirect=True)
def test_a_revoked_task_has_no_effects(running: Watched) -> None:
    result = running.send("succeed", "revoked", countdown=3)
    running.app.control.revoke(result.id)
    assert running.state(result.id) == "REVOKED"
    assert running.events("revoked") == []


def test_nothing_happens_besides(running: Watched) -> None:
    assert wait_until(lambda: running.depth() == 0)
    assert (running.events("ignore"), running.events("reject")) == ([], [])
    for name, (events, _) in OUTCOMES.items():
        assert sorted(running.events(name)) == events
