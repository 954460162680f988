"""Celery's own messages are never held back: each kind of them, in real workers with and without the intercept."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from celery import Task
from celery_support.observing import Watched, wait_until, watched

pytestmark = pytest.mark.server
MODULE = "celery_support.control_flow"
# What each pattern of that module makes happen, in any order; the module itself only loads in a worker.
TABLE = {
    "add_to_chord": ["a", "added", "body of 3", "extending"],
    "apply": ["a", "linked"],
    "apply_async": ["a", "b"],
    "autoretry": ["attempt 0", "attempt 1", "attempt 2"],
    "autoretry_gives_up": ["attempt 0", "attempt 1", "attempt 2", "errback"],
    "autoretry_of_classes": ["attempt 0", "attempt 0", "attempt 1", "attempt 1"],
    "chain_of_groups": ["a", "b", "c", "d"],
    "chain_of_three": ["a", "b", "c"],
    "chain_that_fails": ["a", "errback", "failing"],
    "chord_of_chains": ["a", "b", "body of 2", "c"],
    "chord_of_none": ["body of 0"],
    "chord_of_two": ["a", "b", "body of 2"],
    "chord_that_fails": ["a", "errback", "failing"],
    "chord_unlock": ["a", "b", "polled body of 2"],
    "chunks_of_two": ["a", "b", "c"],
    "delay": ["a"],
    "group_of_two": ["a", "b"],
    "link": ["a", "linked"],
    "link_error": ["errback", "failing", "old errback"],
    "lone_signature": ["a", "b"],
    "map_over_two": ["a", "b"],
    "replace": ["replacement", "replacing"],
    "replace_by_group_in_chain": ["next", "replacement", "replacement", "replacing"],
    "retry": ["attempt 0", "attempt 1", "attempt 2"],
    "retry_in_chain": ["attempt 0", "attempt 1", "attempt 2", "next"],
    "retry_with_link": ["attempt 0", "attempt 1", "attempt 2", "linked"],
    "retry_without_throw": ["attempt 0", "attempt 1", "attempt 2"],
    "send_task": ["a"],
    "several_links": ["a", "first", "second", "third", "third"],
    "starmap_over_two": ["a", "b"],
    "worker_lost": ["alive"],
    # Newer versions of Celery send a task again whose process has died, if it asks for that.
    "worker_lost_and_retried": ["alive again"] if hasattr(Task, "retry_on_worker_lost") else [],
}


@pytest.fixture(scope="module", params=["redis plain intercept shim", "rabbitmq plain intercept"])
def sides(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Watched]]:
    """Workers on one broker, with everything sent to each of them."""
    broker, *modes = request.param.split()
    folder = tmp_path_factory.mktemp("workers")
    with ExitStack() as stack:
        found: dict[str, Watched] = {}
        for mode in modes:
            side = stack.enter_context(watched(broker, f"flow-{mode}", mode, folder))
            stack.enter_context(side.worker("--beat", "--schedule", str(folder / f"{mode}-schedule"), module=MODULE))
            found[mode] = side
        for name in TABLE:
            for side in found.values():
                side.send("drive", name, name, module=MODULE)
        yield found


@pytest.mark.parametrize("name", TABLE)
def test_control_flow_is_the_same_with_the_intercept(name: str, sides: dict[str, Watched]) -> None:
    expected = TABLE[name]
    found = {mode: sorted(side.wait_for(name, len(expected))) for mode, side in sides.items()}
    assert found == dict.fromkeys(sides, expected)


@pytest.mark.parametrize(
    ("name", "state"),
    [("apply_async", "SUCCESS"), ("autoretry_gives_up", "FAILURE"), ("replace", "SUCCESS"), ("retry", "SUCCESS")],
)
def test_results_are_the_same_with_the_intercept(name: str, state: str, sides: dict[str, Watched]) -> None:
    assert {side.state(f"{side.run_of(name)}-id") for side in sides.values()} == {state}


def test_beat_sends_with_the_intercept(sides: dict[str, Watched]) -> None:
    assert all(len(side.wait_for("beat", 2)) >= 2 for side in sides.values())


def test_nothing_happens_besides(sides: dict[str, Watched]) -> None:
    for side in sides.values():
        assert wait_until(lambda side=side: side.depth() == 0)
        assert {name: sorted(side.events(name)) for name in TABLE} == TABLE
