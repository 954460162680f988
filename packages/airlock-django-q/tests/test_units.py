"""Tasks as units of work in real clusters: what an execution enqueues is sent if it succeeds, and not otherwise."""

from collections.abc import Iterator
from typing import Any

import pytest
from django_q_project.clusters import MODES, Watched, ended, wait_until, watched

# What happens, in any order, and whether the task succeeds.
OUTCOMES = {
    "bad_effect": ([], False),
    "calls_by_hand": (["called", "effect", "second effect"], True),
    "calls_by_hand_and_fails": (["called"], False),
    "calls_sync": (["called", "effect", "second effect"], True),
    "calls_sync_and_fails": (["called"], False),
    "crash": ([], False),
    "fan_out": (["first", "second", "third"], True),
    "leak": ([], False),
    "slow": (["started"], False),
    "succeed": (["effect", "second effect"], True),
}
BROKERS = ["orm", pytest.param("postgres", marks=pytest.mark.server), pytest.param("redis", marks=pytest.mark.server)]


@pytest.fixture(scope="module", params=MODES)
def mode(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture(scope="module", params=BROKERS)
def running(
    request: pytest.FixtureRequest, mode: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Watched, dict[str, Any]]]:
    """A cluster, with a message to each of its tasks."""
    with watched(request.param, mode, tmp_path_factory.mktemp("cluster")) as side, side.cluster():
        yield side, {name: side.send(name, ack_failure=True, timeout=1 if name == "slow" else 60) for name in OUTCOMES}
        assert wait_until(lambda: side.depth() == 0)
        for name, (events, _) in OUTCOMES.items():
            assert sorted(side.events(name)) == events


@pytest.mark.parametrize("name", OUTCOMES)
def test_effects_are_sent_if_the_task_succeeds(name: str, running: tuple[Watched, dict[str, Any]]) -> None:
    side, sent = running
    events, success = OUTCOMES[name]
    assert ended(sent[name]).success is success
    assert sorted(side.wait_for(name, *events)) == events


def test_a_flush_that_fails_is_the_error_of_the_task(running: tuple[Watched, dict[str, Any]]) -> None:
    _, sent = running
    result = ended(sent["bad_effect"]).result
    assert "cannot send record" in result
    assert "Traceback" in result
