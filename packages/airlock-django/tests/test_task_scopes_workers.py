"""Tasks as units of work in real workers: what an execution enqueues is sent if it succeeds, and not otherwise."""

import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from django_tasks_suites.watched import MODES, Watched, wait_until, watched

# What happens, in any order, and how the task ends.
OUTCOMES = {
    "asynchronous": (["effect"], "SUCCESSFUL"),
    "bad_effect": ([], "FAILED"),
    "bad_effect_after_a_commit": (["effect", "last effect"], "SUCCESSFUL"),
    "calls_by_hand": (["called", "effect", "second effect"], "SUCCESSFUL"),
    "calls_by_hand_and_fails": (["called"], "FAILED"),
    "crash": ([], "FAILED"),
    "fan_out": (["first", "second", "third"], "SUCCESSFUL"),
    "in_a_transaction": (["effect"], "SUCCESSFUL"),
    "leak": ([], "FAILED"),
    "leak_and_crash": ([], "FAILED"),
    "leave": ([], "FAILED"),
    "rolled_back": (["given up"], "SUCCESSFUL"),
    "succeed": (["effect", "second effect"], "SUCCESSFUL"),
    "with_context": (["effect of 1"], "SUCCESSFUL"),
}
# What is stored comes after the flush with the decorator, and before it with the setting.
OF_SETTING = {
    "bad_result": ([], "FAILED"),
    "runs_at_once": (["called", "effect", "second effect"], "SUCCESSFUL"),
    "runs_at_once_and_fails": (["called"], "FAILED"),
    "runs_what_fails": (["it has FAILED"], "SUCCESSFUL"),
}
OF_DECORATOR = {"bad_result": (["effect"], "FAILED")}
DATABASES = ["default", pytest.param("postgres", marks=pytest.mark.server)]
CASES = [
    *((mode, name) for mode in MODES for name in OUTCOMES),
    *(("setting", name) for name in OF_SETTING),
    *(("scoped", name) for name in OF_DECORATOR),
]


def outcomes(mode: str) -> dict[str, tuple[list[str], str]]:
    return OUTCOMES | (OF_SETTING if mode == "setting" else OF_DECORATOR)


@pytest.fixture(scope="module", params=DATABASES, ids=["sqlite", "postgres"])
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[Watched, dict[str, Any]]]:
    """What workers of each kind have made of each of their tasks."""
    found = {}
    for mode in MODES:
        with watched(request.param, mode, tmp_path_factory.mktemp("worker")) as side:
            sent = {name: side.send(name) for name in outcomes(mode)}
            with side.worker():
                assert wait_until(lambda: side.unfinished() == 0)
                # With the setting a task counts as successful for a moment before its flush fails.
                side.ended(side.send("last"))
            found[mode] = side, {name: side.row(identifier) for name, identifier in sent.items()}
    return found


@pytest.mark.parametrize(("mode", "name"), CASES)
def test_effects_are_sent_if_the_task_succeeds(mode: str, name: str, running: Any) -> None:
    side, rows = running[mode]
    events, status = outcomes(mode)[name]
    assert (sorted(side.events(name)), rows[name].status) == (events, status)


@pytest.mark.parametrize("mode", MODES)
def test_a_flush_that_fails_is_the_error_of_the_task(mode: str, running: Any) -> None:
    _, rows = running[mode]
    assert rows["bad_effect"].exception_class_path == "airlock.InvalidIntentError"
    assert "cannot send record" in rows["bad_effect"].traceback


@pytest.fixture(params=MODES)
def side(request: pytest.FixtureRequest, alias: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    with watched(alias, request.param, tmp_path_factory.mktemp("worker")) as found:
        yield found


on_both = pytest.mark.parametrize("alias", DATABASES, ids=["sqlite", "postgres"])


@on_both
def test_what_a_killed_worker_was_about_has_sent_nothing_and_can_be_done_again(side: Watched) -> None:
    with side.worker() as process:
        identifier = side.send("wait")
        assert side.wait_for("wait", 1) == ["waiting"]
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
    assert (side.row(identifier).status, side.unfinished()) == ("RUNNING", 1)
    side.go("wait")
    side.again(identifier)
    with side.worker():
        assert side.wait_for("wait", 3) == ["waiting", "waiting", "effect"]
        assert side.ended(identifier).status == "SUCCESSFUL"


@on_both
def test_a_worker_that_is_told_to_stop_sends_what_the_task_in_hand_wants(side: Watched) -> None:
    with side.worker() as process:
        identifier = side.send("wait")
        assert side.wait_for("wait", 1) == ["waiting"]
        process.terminate()
        assert wait_until(lambda: "shutting down gracefully" in side.log.read_text())
        side.go("wait")
        assert process.wait(30) == 0
    assert (side.row(identifier).status, side.unfinished()) == ("SUCCESSFUL", 1)


@on_both
def test_a_worker_that_is_told_to_stop_twice_sends_nothing_of_the_task_in_hand(side: Watched) -> None:
    with side.worker() as process:
        identifier = side.send("wait")
        assert side.wait_for("wait", 1) == ["waiting"]
        process.terminate()
        assert wait_until(lambda: "shutting down gracefully" in side.log.read_text())
        process.terminate()
        process.wait(30)
    assert (side.row(identifier).status, side.unfinished()) == ("FAILED", 0)
    assert side.events("wait") == ["waiting"]
