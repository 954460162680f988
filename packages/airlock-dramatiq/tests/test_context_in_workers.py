"""What an intent carries is in force in real workers, and in whatever Dramatiq makes of one message."""

import pytest
from dramatiq import Message
from dramatiq_support.observing import GEVENT, PLAIN, wait_until, watched

pytestmark = pytest.mark.server
# What each pattern of `travelling` makes happen, in any order, before the id that its actors see.
TABLE = {
    "coroutine": ["awaited"],
    "group_of_groups": ["a", "b", "c"],
    "group_with_callback": ["a", "all done", "b", "c"],
    "hops": ["hop 0", "hop 1", "hop 2"],
    "pipeline_of_three": ["a", "attempt 0", "attempt 1", "attempt 2", "c"],
    "retry": ["attempt 0", "attempt 1", "attempt 2"],
}


@pytest.fixture(scope="module", params=["redis-middle", "rabbitmq-first", "redis-gevent"])
def side(request, tmp_path_factory):
    """A worker, with a message for each pattern, each of a request of its own."""
    server, mode = request.param.split("-")
    with watched(server, f"context-{mode}", mode, tmp_path_factory.mktemp("workers")) as found:
        with found.worker(module="travelling", program=GEVENT if mode == "gevent" else PLAIN):
            for name in TABLE:
                if mode != "gevent" or name != "coroutine":
                    send(found, "drive", name, {"airlock_context": {"request_id": f"of {name}"}}, wanted=name)
            yield found


def send(side, actor, name, options, **kwargs):
    side.redis.incr(f"{side.queue}:pending")
    side.broker.enqueue(Message(side.queue, actor, (), {"run": side.run_of(name), **kwargs}, options))


@pytest.mark.parametrize("name", TABLE)
def test_what_is_carried_reaches_every_actor(name, side):
    if side.settings["mode"] == "gevent" and name == "coroutine":
        name = "hops"
    expected = {f"{event} of {name}" for event in TABLE[name]}
    # A worker that is slow to say that it lives gets a message twice.
    assert wait_until(lambda: set(side.events(name)) >= expected)
    assert set(side.events(name)) == expected


def test_nothing_is_left_for_the_next_message(side):
    for _ in range(8):
        send(side, "bare", "bare", {})
    assert side.wait_for("bare", 8)[:8] == ["bare nothing"] * 8
