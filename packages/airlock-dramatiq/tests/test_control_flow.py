"""Dramatiq's own messages are never held back: each kind of them, in real workers with and without the middleware."""

from contextlib import ExitStack

import pytest
from dramatiq.middleware import Retries
from dramatiq_support.observing import watched

pytestmark = pytest.mark.server
EXHAUSTED = ["exhausted after 1"] if "on_retry_exhausted" in Retries().actor_options else []
# What each pattern of `control_flow` makes happen, in any order; that module only loads in a worker.
TABLE = {
    "actor_of_class": ["attempt 0", "attempt 1"],
    "async_actor": ["attempt 0 of coroutine", "attempt 1 of coroutine"],
    "current_message": ["current True"],
    "group_of_pipelines": ["a", "ab", "all done", "c", "cd"],
    "group_of_two": ["a", "b"],
    "group_that_fails": ["a", "failing"],
    "group_with_callback": ["a", "all done", "attempt 0", "attempt 1", "attempt 2"],
    "on_failure": ["failed: RuntimeError", "failing"],
    "on_success": ["succeeded: a"],
    "pipeline_of_three": ["a", "ab", "abc"],
    "pipeline_that_awaits": ["attempt 0 of coroutine", "attempt 1 of coroutine", "awaited and passed on"],
    "pipeline_that_fails": ["a", "failing"],
    "pipeline_that_ignores": ["a", "b"],
    "pipeline_that_is_marked": ["marking"],
    "pipeline_that_retries": ["a", "attempt 0", "attempt 1", "attempt 2", "next"],
    "pipeline_with_delays": ["a", "b"],
    "rate_limit": ["within the limit"],
    "result_of_pipeline": ["result 16"],
    "results": ["results [1, 4, 9]"],
    "retries_exhausted": ["attempt 0", "attempt 1", *EXHAUSTED],
    "retry": ["attempt 0", "attempt 1", "attempt 2"],
    "retry_asked_for": ["attempt 0", "attempt 1", "attempt 2"],
    "retry_when": ["attempt 0", "attempt 1"],
    "send": ["a", "b", "c", "d"],
    "skip": [],
    "throws": ["throwing"],
    "unknown_actor": [],
}


@pytest.fixture(scope="module", params=["redis plain first middle last", "rabbitmq plain middle"])
def sides(request, tmp_path_factory):
    """Workers on one server, without the middleware and with it, and everything sent to each of them."""
    server, *modes = request.param.split()
    with ExitStack() as stack:
        folder = tmp_path_factory.mktemp("workers")
        found = {mode: stack.enter_context(watched(server, f"flow-{mode}", mode, folder)) for mode in modes}
        for side in found.values():
            stack.enter_context(side.worker(module="control_flow"))
        for name in TABLE:
            for side in found.values():
                side.send("drive", name, wanted=name)
        yield found


@pytest.mark.parametrize("name", TABLE)
def test_control_flow_is_the_same_with_the_middleware(name, sides):
    assert all(side.is_idle() for side in sides.values())
    found = {mode: sorted(side.events(name)) for mode, side in sides.items()}
    assert found == dict.fromkeys(sides, TABLE[name])


@pytest.mark.parametrize("name", TABLE)
def test_each_message_ends_the_same_way_with_the_middleware(name, sides):
    assert all(side.is_idle() for side in sides.values())
    expected = sides["plain"].ends(name)
    assert "drive done" in expected
    assert {mode: side.ends(name) for mode, side in sides.items()} == dict.fromkeys(sides, expected)
