"""What is Redis' alone."""

import pytest
import redis
from dramatiq.brokers.redis import RedisBroker
from dramatiq_support import actors, places

import airlock
from airlock import Scope
from airlock.integrations.executors.dramatiq import _redis, dramatiq_executor

pytestmark = pytest.mark.server


@pytest.fixture
def place():
    with places.open_place("redis") as place:
        yield place


@pytest.fixture
def client(place):
    with redis.Redis.from_url(actors.REDIS_URL) as client:
        yield client


def note(number):
    raise AssertionError("it is only sent")


def flush(broker, count):
    actor = actors.actor_of(broker, note)
    with Scope(executor=dramatiq_executor) as scope:
        for number in range(count):
            airlock.enqueue(actor, number)
    return scope


def test_a_broker_as_it_comes_takes_many_messages_at_once(place):
    assert _redis.can_pipeline(place.broker)


def test_a_server_that_has_forgotten_the_script_is_told_again(place, client):
    flush(place.broker, 2)
    client.script_flush()

    flush(place.broker, 3)

    assert place.numbers == [0, 1, 0, 1, 2]


def test_what_the_server_refuses_is_known_exactly(place, client):
    client.set(f"{actors.NAMESPACE}:no_list", "taken")
    actor = place.actor(note)
    scope = Scope(executor=dramatiq_executor)

    with pytest.raises(redis.ResponseError, match="WRONGTYPE"), scope:
        sent = airlock.enqueue(actor, 0)
        refused = airlock.options(queue_name="no_list").enqueue(actor, 1)
        late = airlock.enqueue(actor, 2)

    assert (scope.dispatched, scope.undispatched, scope.uncertain) == ([sent], [refused, late], [late])
    assert place.numbers == [0, 2]


def test_large_messages_are_not_all_in_memory_at_once(place, monkeypatch):
    monkeypatch.setattr(_redis, "_BYTES", 1000)

    flush(place.broker, 20)

    assert place.numbers == list(range(20))


class Counting(RedisBroker):
    calls = 0

    def enqueue(self, message, *, delay=None):
        self.calls += 1
        return super().enqueue(message, delay=delay)


def test_a_broker_with_an_enqueue_of_its_own_sends_by_that(place):
    broker = Counting(url=actors.REDIS_URL, namespace=actors.NAMESPACE)

    scope = flush(broker, 5)

    assert not _redis.can_pipeline(broker)
    assert (broker.calls, len(scope.results), place.numbers) == (5, 5, list(range(5)))


def test_a_broker_whose_enqueue_was_replaced_sends_by_that(place):
    calls = []
    enqueue = place.broker.enqueue

    def replaced(message, *, delay=None):
        calls.append(message)
        return enqueue(message, delay=delay)

    place.broker.enqueue = replaced

    flush(place.broker, 5)

    assert (len(calls), place.numbers) == (5, list(range(5)))


def test_a_broker_that_sends_in_a_way_of_its_own_does_so(place):
    class Direct(RedisBroker):
        def do_enqueue(self, queue, message_id, data):
            self.client.hset(f"{self.namespace}:{queue}.msgs", message_id, data)
            self.client.rpush(f"{self.namespace}:{queue}", message_id)

    broker = Direct(url=actors.REDIS_URL, namespace=actors.NAMESPACE)

    flush(broker, 5)

    assert not _redis.can_pipeline(broker)
    assert place.numbers == list(range(5))


def test_a_client_without_a_known_pool_is_used_by_dramatiq_itself(place):
    broker = actors.redis_broker()
    broker.client = type("Client", (), {"connection_pool": None})()

    assert not _redis.can_pipeline(broker)


def test_a_broker_with_a_way_of_its_own_to_call_middleware_does_so(place):
    signals = []

    class Loud(RedisBroker):
        def emit_before(self, signal, *args, **kwargs):
            signals.append((signal, self))
            super().emit_before(signal, *args, **kwargs)

    broker = Loud(url=actors.REDIS_URL, namespace=actors.NAMESPACE)

    flush(broker, 2)

    assert _redis.can_pipeline(broker)
    assert signals[-2:] == [("enqueue", broker)] * 2
