"""Messages as units of work in real workers: what an execution enqueues is sent if it succeeds, and not otherwise."""

import pytest
from airlock_conformance.workers import wait_until
from dramatiq_support.observing import GEVENT, PLAIN, watched

pytestmark = pytest.mark.server

# What happens, in any order, and how each execution of the actor ends.
OUTCOMES = {
    "bad_effect": ([], ["failed"]),
    "bad_effect_at_first": (["attempt 0", "attempt 1", "effect"], ["done", "done"]),
    "calls_by_hand": (["called", *["effect"] * 2, *["second effect"] * 2], ["done"]),
    "calls_by_hand_and_fails": (["called"], ["failed"]),
    "calls_itself": (["effect of 0", "effect of 1", "effect of 2"], ["done"]),
    "crash": ([], ["failed"]),
    "give_up": ([], ["failed"]),
    "leak": ([], ["failed"]),
    "marked_as_failed": ([], ["failed"]),
    "retry": (["effect of 2"], ["done", "done", "done"]),
    "retry_asked_for": (["effect of 1"], ["done", "done"]),
    "scoped": (["effect"], ["done"]),
    "slow": ([], ["failed"]),
    "slow_but_careful": (["effect", "given up"], ["done"]),
    "succeed": (["effect", "second effect"], ["done"]),
}
# Dramatiq runs no coroutines under gevent.
ASYNC_OUTCOMES = {
    "async_in_tasks": (["effect", "second effect"], ["done"]),
    "async_retry": (["effect of 1"], ["done", "done"]),
    "async_slow": ([], ["failed"]),
    "async_stubborn": (["ScopeStateError", "woken"], ["failed"]),
    "async_succeed": (["effect", "second effect"], ["done"]),
}
THREADS = ["redis-middle", "rabbitmq-middle", "redis-first", "redis-last"]


@pytest.fixture(scope="module", params=[*THREADS, "redis-gevent"])
def running(request, tmp_path_factory):
    """A worker, with a message to each of its actors."""
    server, _, mode = request.param.partition("-")
    with watched(server, f"units-{mode}", mode, tmp_path_factory.mktemp("workers")) as side:
        with side.worker(program=GEVENT if mode == "gevent" else PLAIN):
            for name in OUTCOMES | ({} if mode == "gevent" else ASYNC_OUTCOMES):
                side.send(name, name)
            side.send("skipped", "skipped", skip=True)
            yield side


def check(name, expected, side):
    events, ends = expected
    assert side.is_idle()
    wait_until(lambda: len(side.events(name)) >= len(events))
    found = [end for end in side.ends(name) if not end.startswith("mark ")]
    assert (sorted(side.events(name)), found) == (events, [f"{name} {end}" for end in ends])


@pytest.mark.parametrize("name", OUTCOMES)
def test_effects_are_sent_if_the_execution_succeeds(name, running):
    check(name, OUTCOMES[name], running)


@pytest.mark.parametrize("name", ASYNC_OUTCOMES)
@pytest.mark.parametrize("running", THREADS, indirect=True)
def test_effects_of_coroutines_are_sent_if_the_execution_succeeds(name, running):
    check(name, ASYNC_OUTCOMES[name], running)


def test_a_message_that_is_skipped_has_no_effects(running):
    check("skipped", ([], ["done"]), running)


@pytest.mark.parametrize("server", ["redis", "rabbitmq"])
def test_a_scope_that_something_left_open_is_reported_and_swallows_nothing(server, tmp_path):
    with watched(server, "leak", "middle", tmp_path) as side:
        side.send("succeed", "before", leak=True)
        with side.worker(threads=1):
            assert side.is_idle()
            side.send("succeed", "after")
            assert side.is_idle()
        for name in ("before", "after"):
            assert sorted(side.events(name)) == ["effect", "second effect"]
        assert "A Scope was still open when the task mark started" in side.log.read_text()
