"""What an intent carries is in force in real workers, and in whatever Celery makes of one message."""

from collections.abc import Iterator
from contextvars import ContextVar

import celery
import pytest
from celery_support.observing import Watched, watched

import airlock

pytestmark = pytest.mark.server
MODULE = "celery_support.travelling"
# What each pattern of that module makes happen, in any order, before the id that its tasks see.
TABLE = {
    "chain_of_groups": ["a", "b", "c", "d"],
    "chain_with_options": ["a", "b", "c"],
    "chord_of_chains": ["a", "added", "b", "body"],
    "chunks": ["a", "b", "c"],
    "delay": ["delayed"],
    "hops": ["hop 0", "hop 1", "hop 2"],
    "link": ["a", "linked"],
    "link_error": ["errback"],
    "own_headers": ["mine 1"],
    "replace": ["after it", "replacement"],
    "retry": ["attempt 0", "attempt 1", "attempt 2"],
}
PARAMS = ["redis-airlock-prefork", "rabbitmq-airlock-prefork", "redis-airlock-gevent"]
# Threads of Celery 5.3.1 leave messages lying for minutes, or for good, where tasks send many others.
if not celery.__version__.startswith("5.3."):
    PARAMS.append("redis-intercept-threads")

request_id: ContextVar[str] = ContextVar("request_id")


@pytest.fixture(scope="module", params=PARAMS)
def side(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """A worker, with an intent for each pattern, each of a request of its own."""
    broker, mode, pool = request.param.split("-")
    airlock.configure(context={"request_id": request_id})
    with watched(broker, f"context-{pool}", mode, tmp_path_factory.mktemp("workers")) as found:
        with found.worker(module=MODULE, pool=pool):
            drive = found.app.signature(f"{MODULE}.drive")
            for name in [*TABLE, "plain"]:
                token = request_id.set(f"of {name}")
                with airlock.scope(executor="celery"):
                    airlock.enqueue(drive, found.run_of(name), name)
                request_id.reset(token)
            yield found
    airlock.reset_configuration()


@pytest.mark.parametrize("name", TABLE)
def test_what_is_carried_reaches_every_task(name: str, side: Watched) -> None:
    expected = [f"{event} of {name}" for event in TABLE[name]]
    side.wait_for(name, len(expected))
    assert sorted(side.events(name)) == expected


def test_a_task_of_another_class_sees_nothing(side: Watched) -> None:
    assert side.wait_for("plain", 1) == ["plain nothing"]


def test_nothing_is_left_for_the_next_task(side: Watched) -> None:
    for _ in range(8):
        side.send("bare", "bare", module=MODULE)
    assert side.wait_for("bare", 8) == ["bare nothing"] * 8
