"""Connections that are refused, dead, silent or lost, on each kind of server."""

import time
from urllib.parse import urlsplit

import pika
import pytest
from airlock_conformance.proxy import CuttingProxy
from dramatiq import group
from dramatiq_support import actors, places, queues

import airlock
from airlock import Scope
from airlock.integrations.executors.dramatiq import _redis_line, dramatiq_executor

pytestmark = pytest.mark.server

COUNTS = pytest.mark.parametrize("count", [1, 10])


class Distant:
    """A broker behind a proxy, and the same queue without one."""

    def __init__(self, proxy, place, **settings):
        self.proxy, self.place = proxy, place
        if hasattr(place.broker, "client"):
            self.broker = actors.redis_broker(f"redis://{proxy.host}:{proxy.url_port}/2", **settings)
        else:
            url = actors.rabbitmq_url(proxy.host, proxy.url_port)
            self.broker = actors.rabbitmq_broker(url, confirm_delivery=place.broker.confirm_delivery)

    def flush(self, *numbers):
        """Flush, and return the scope and what it raised."""
        scope = Scope(executor=dramatiq_executor)
        actor = actors.actor_of(self.broker, note)
        try:
            with scope:
                for number in numbers:
                    airlock.enqueue(actor, number)
        except dramatiq_executor.unavailable as error:
            return scope, error
        return scope, None


def note(number):
    raise AssertionError("it is only sent")


def behind_a_proxy(name):
    url = actors.REDIS_URL if name == "redis" else actors.RABBITMQ_URL
    address = urlsplit(url)
    with places.open_place(name) as place, CuttingProxy(address.hostname, address.port) as proxy:
        distant = Distant(proxy, place)
        yield distant
        distant.broker.close()


@pytest.fixture(params=["redis", "rabbitmq", "confirms"])
def distant(request):
    yield from behind_a_proxy(request.param)


@pytest.fixture
def distant_redis():
    yield from behind_a_proxy("redis")


@pytest.fixture
def distant_confirms():
    yield from behind_a_proxy("confirms")


@COUNTS
def test_nothing_is_uncertain_where_there_never_was_a_connection(distant, count):
    distant.proxy.refuse()

    scope, error = distant.flush(*range(count))

    assert error is not None
    assert (len(scope.undispatched), scope.uncertain) == (count, [])


@COUNTS
def test_a_connection_that_died_in_the_meantime_is_replaced(distant, count):
    distant.flush(*range(10))
    distant.proxy.cut_now()
    distant.proxy.restore()

    scope, error = distant.flush(*range(10, 10 + count))

    assert error is None
    assert distant.place.numbers == list(range(10 + count))
    assert len(scope.dispatched) == count


@pytest.mark.parametrize("count", [1, 300])
def test_a_silent_redis_is_waited_for_a_bounded_time(distant_redis, monkeypatch, count):
    monkeypatch.setattr(_redis_line, "SILENCE", 0.5)
    distant_redis.broker.client.connection_pool.connection_kwargs.update(
        socket_timeout=None, socket_connect_timeout=None
    )
    distant_redis.flush(0)
    distant_redis.proxy.black_hole()
    started = time.monotonic()

    scope, error = distant_redis.flush(*range(1, 1 + count))

    assert time.monotonic() - started < 3
    assert error is not None
    assert scope.uncertain == scope.undispatched
    distant_redis.proxy.restore()


@pytest.mark.parametrize("distant", ["rabbitmq", "confirms"], indirect=True)
@COUNTS
def test_a_silent_rabbitmq_is_waited_for_a_bounded_time(distant, count):
    distant.broker.parameters.stack_timeout = 0.5
    distant.proxy.black_hole()
    started = time.monotonic()

    scope, error = distant.flush(*range(count))

    assert time.monotonic() - started < 3
    assert error is not None
    assert (len(scope.undispatched), scope.uncertain) == (count, [])
    distant.proxy.restore()


def test_a_redis_that_is_lost_does_not_get_messages_twice(distant_redis):
    distant_redis.flush(0)
    distant_redis.proxy.cut_after_bytes(60_000)

    scope, error = distant_redis.flush(*range(1, 401))
    distant_redis.proxy.restore()

    assert error is not None
    numbers = distant_redis.place.numbers
    assert numbers == list(range(len(numbers)))
    known = [0, *(intent.args[0] for intent in (*scope.dispatched, *scope.uncertain))]
    assert set(numbers) <= set(known)


def test_of_a_transaction_that_was_not_committed_nothing_is_uncertain(distant_confirms):
    distant_confirms.flush(*range(10))
    distant_confirms.proxy.cut_after_bytes(3000)

    scope, error = distant_confirms.flush(*range(10, 60))

    assert error is not None
    assert (len(scope.undispatched), scope.uncertain) == (50, [])
    assert distant_confirms.place.numbers == list(range(10))


def test_of_a_transaction_whose_commit_was_not_answered_everything_is_uncertain(distant_confirms, monkeypatch):
    commit = pika.adapters.blocking_connection.BlockingChannel.tx_commit

    def commit_and_lose(channel):
        answer = commit(channel)
        distant_confirms.proxy.cut_now()
        channel.connection.process_data_events(1)
        return answer

    monkeypatch.setattr(pika.adapters.blocking_connection.BlockingChannel, "tx_commit", commit_and_lose)

    scope, error = distant_confirms.flush(*range(50))

    assert error is not None
    assert scope.uncertain == scope.undispatched
    assert len(scope.uncertain) == len(distant_confirms.place.numbers) == 50


def test_a_group_that_dramatiq_was_sending_is_uncertain(distant_redis):
    broker = distant_redis.broker
    broker.add_middleware(actors.group_callbacks())
    actor = actors.actor_of(broker, note)
    jobs = group([actor.message(number) for number in range(3)], broker=broker)
    jobs.add_completion_callback(actor.message(-1))
    distant_redis.proxy.cut_now()
    scope = Scope(executor=dramatiq_executor)

    with pytest.raises(dramatiq_executor.unavailable), scope:
        intent = airlock.enqueue(jobs)

    assert scope.uncertain == [intent]


def test_a_group_of_which_a_part_was_sent_is_uncertain(distant_confirms):
    stub = actors.stub_broker()
    here, there = actors.actor_of(stub, note), actors.actor_of(distant_confirms.broker, note)
    far = group([there.message(1)], broker=distant_confirms.broker)
    distant_confirms.proxy.cut_now()
    scope = Scope(executor=dramatiq_executor)

    with pytest.raises(dramatiq_executor.unavailable), scope:
        intent = airlock.enqueue(group([here.message(0), far], broker=stub))

    assert (scope.dispatched, scope.undispatched, scope.uncertain) == ([], [intent], [intent])
    assert [message.args for message in queues.in_stub(stub)] == [(0,)]
