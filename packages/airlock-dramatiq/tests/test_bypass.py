"""What is published without airlock is reported, and what Dramatiq publishes itself is not."""

import dramatiq
import pytest
from airlock_conformance.workers import wait_until
from dramatiq.brokers.stub import StubBroker
from dramatiq_support.workers import worker_threads

import airlock
from airlock import BypassError, Scope
from airlock.integrations.bypass import BypassWarning, collect
from airlock.integrations.dramatiq import BypassMiddleware
from airlock.integrations.executors.dramatiq import dramatiq_executor

QUEUE = "airlock-bypass"
done = []
broker = StubBroker()


@dramatiq.actor(broker=broker, queue_name=QUEUE)
def note(*args):
    done.append(args)


@dramatiq.actor(broker=broker, queue_name=QUEUE)
def bare():
    note.send()


@dramatiq.actor(broker=broker, queue_name=QUEUE, max_retries=1, min_backoff=1, max_backoff=1)
def fails_once():
    done.append("attempt")
    if len(done) == 1:
        raise KeyError("again")


@pytest.fixture(autouse=True)
def _as_before():
    done.clear()
    yield
    airlock.configure(bypass="ignore")
    broker.flush_all()


def added(to=broker):
    return [middleware for middleware in to.middleware if isinstance(middleware, BypassMiddleware)]


def run(task, events, **options):
    """Send by airlock, and return what was reported until so many things have happened."""
    with collect() as found, worker_threads(broker):
        with Scope(executor=dramatiq_executor):
            airlock.options(**options).enqueue(task)
        wait_until(lambda: len(done) >= events)
    assert len(done) == events
    return found


def test_the_task_and_the_line_are_named():
    with collect() as found:
        note.send(7)
    (bypass,) = found
    assert (bypass.backend, bypass.task) == ("dramatiq", "note")
    line = test_the_task_and_the_line_are_named.__code__.co_firstlineno + 2
    assert (bypass.origin.filename, bypass.origin.line) == (__file__, line)


@pytest.mark.parametrize(
    "send",
    [
        lambda: note.send_with_options(args=(1,), delay=1000),
        lambda: broker.enqueue(note.message(1)),
        lambda: dramatiq.pipeline([note.message(1), note.message()], broker=broker).run(),
        lambda: dramatiq.group([note.message(1)], broker=broker).run(),
    ],
)
def test_whatever_way_it_is_sent(send):
    with collect() as found:
        send()
    assert [bypass.task for bypass in found] == ["note"]


def test_it_raises_where_it_is_sent_and_nothing_is(place):
    actor = place.actor(lambda number: number, actor_name="raised")
    place.broker.add_middleware(BypassMiddleware())
    airlock.configure(bypass="raise")
    with pytest.raises(BypassError, match=r"Write `airlock\.enqueue\(raised, \.\.\.\)` there") as info:
        actor.send(1)
    assert info.value.__suppress_context__
    assert place.numbers == []
    with Scope(executor=dramatiq_executor):
        for number in range(10):
            airlock.enqueue(actor, number)
    assert place.numbers == list(range(10))


def test_retries_pipelines_and_what_is_due_are_not_reported():
    assert run(fails_once, 2) == []
    done.clear()
    assert run(note, 1, delay=100) == []
    done.clear()
    assert run(dramatiq.pipeline([note.message(), note.message()], broker=broker), 2) == []


def test_what_an_actor_sends_in_a_worker_is_reported():
    (bypass,) = run(bare, 1)
    assert (bypass.task, bypass.origin.function) == ("note", "bare")


def test_a_warning_points_to_the_line():
    airlock.configure(bypass="warn")
    with pytest.warns(BypassWarning, match="note was sent to dramatiq without airlock") as caught:
        note.send(7)
    assert caught[0].filename == __file__
    assert caught[0].lineno == test_a_warning_points_to_the_line.__code__.co_firstlineno + 3


def test_off_means_off(recwarn):
    airlock.configure(bypass="raise")
    airlock.configure(bypass="raise")
    assert len(added()) == 1
    airlock.configure(bypass="ignore")
    assert added() == []
    note.send(7)
    assert not recwarn.list


def test_a_middleware_that_is_there_already_is_enough_and_stays():
    own = StubBroker(middleware=[BypassMiddleware()])
    before = dramatiq.broker.global_broker
    dramatiq.set_broker(own)
    try:
        with collect():
            assert len(added(own)) == 1
        assert len(added(own)) == 1
    finally:
        dramatiq.broker.global_broker = before


def test_the_global_broker_is_watched_and_none_is_made():
    before = dramatiq.broker.global_broker
    try:
        dramatiq.broker.global_broker = None
        with collect():
            assert dramatiq.broker.global_broker is None
        dramatiq.broker.global_broker = other = StubBroker()
        with collect():
            assert len(added(other)) == 1
        with collect():
            other.middleware.clear()
    finally:
        dramatiq.broker.global_broker = before


class Mailer(dramatiq.GenericActor):
    """An actor written as a class."""

    class Meta:
        broker = StubBroker()
        queue_name = QUEUE

    def perform(self, number):
        raise AssertionError("it is only sent")


def test_the_broker_of_a_class_is_watched():
    with collect() as found:
        Mailer.send(1)
    assert [bypass.task for bypass in found] == ["Mailer"]
