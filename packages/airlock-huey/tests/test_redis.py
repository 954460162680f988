"""What is Redis's alone: units, refusals and silence."""

import time
import uuid
from urllib.parse import urlsplit

import huey
import pytest
import redis
from airlock_conformance.proxy import CuttingProxy
from airlock_conformance.servers import require_server
from huey_suites.queues import REDIS_URL, in_redis, task_of

import airlock
from airlock.integrations.executors.huey import _redis, _units, huey_executor

pytestmark = pytest.mark.server


def note(*args): ...


@pytest.fixture
def proxy():
    address = urlsplit(require_server(REDIS_URL))
    with CuttingProxy(address.hostname, address.port) as proxy:
        yield proxy


@pytest.fixture(params=[huey.RedisHuey, huey.PriorityRedisHuey, huey.RedisExpireHuey])
def queue(request, proxy):
    queue = request.param(f"own{uuid.uuid4().hex}", host=proxy.host, port=proxy.url_port, db=3)
    yield queue
    proxy.restore()
    queue.flush()
    queue.storage.pool.disconnect()


def fail(queue, error, numbers=range(3)):
    task = task_of(queue, note)
    scope = airlock.Scope(executor=huey_executor)
    with pytest.raises(error), scope:
        intents = [airlock.enqueue(task, number) for number in numbers]
    return scope, intents


def commands_during(queue, work):
    """Return the commands that name the queue, and the transactions around them."""
    with redis.Redis.from_url(REDIS_URL) as client, client.monitor() as monitor:
        work()
        client.echo("the end")
        names = []
        while True:
            seen = monitor.next_command()
            if "the end" in seen["command"]:
                return names
            word = seen["command"].split()[0]
            if queue.storage.queue_key in seen["command"] or (word in ("MULTI", "EXEC") and seen["db"] == 3):
                names.append(word)


def test_a_flush_is_one_transaction_of_few_commands(queue):
    task = task_of(queue, note)

    def work():
        with airlock.scope(executor=huey_executor):
            for number in range(1500):
                airlock.enqueue(task, number)

    command = "ZADD" if queue.storage.priority else "LPUSH"
    assert commands_during(queue, work) == ["MULTI", command, command, "EXEC"]
    assert [message.args for message in in_redis(queue)] == [(number,) for number in range(1500)]


def test_a_big_flush_goes_in_several_units_and_stops_at_the_one_that_is_cut(queue, proxy, monkeypatch):
    monkeypatch.setattr(_units, "UNIT_BYTES", 10_000)
    proxy.cut_after_bytes(35_000)
    scope, intents = fail(queue, redis.ConnectionError, range(1000))
    sent, cut = len(scope.dispatched), len(scope.uncertain)
    assert 0 < sent < sent + cut < 1000
    assert scope.dispatched == intents[:sent]
    assert scope.undispatched == intents[sent:]
    assert scope.uncertain == intents[sent : sent + cut]
    assert sent % cut == 0
    arrived = [message.id for message in in_redis(queue)]
    assert arrived in ([str(intent.id) for intent in intents[:end]] for end in (sent, sent + cut))


def test_a_server_that_refuses_connections_has_certainly_got_nothing(queue, proxy):
    proxy.cut_now()
    scope, intents = fail(queue, redis.ConnectionError)
    assert (scope.undispatched, scope.uncertain) == (intents, [])


def test_a_server_that_answers_no_has_certainly_got_nothing(queue):
    with redis.Redis.from_url(REDIS_URL) as client:
        client.set(queue.storage.queue_key, "not a queue")
    scope, intents = fail(queue, huey_executor.unavailable)
    assert (scope.undispatched, scope.uncertain) == (intents, [])


def test_a_silent_server_is_waited_for_as_long_as_the_huey_says(proxy):
    queue = huey.RedisHuey("silent", host=proxy.host, port=proxy.url_port, db=3, socket_timeout=0.2)
    proxy.black_hole()
    started = time.monotonic()
    scope, intents = fail(queue, redis.TimeoutError)
    assert time.monotonic() - started < 5
    assert (scope.undispatched, scope.uncertain) == (intents, [])
    queue.storage.pool.disconnect()


def test_a_silent_server_is_not_waited_for_for_ever_where_the_huey_would(proxy, monkeypatch):
    monkeypatch.setattr(_redis, "SECONDS", 0.2)
    queue = huey.RedisHuey("silent", host=proxy.host, port=proxy.url_port, db=3, socket_timeout=None)
    task = task_of(queue, note)
    with airlock.scope(executor=huey_executor):
        airlock.enqueue(task, 0)
    assert len(in_redis(queue)) == 1
    proxy.black_hole()
    fail(queue, redis.TimeoutError)
    proxy.restore()
    queue.flush()
    queue.storage.pool.disconnect()


def test_a_pool_of_another_class_is_used_as_it_is(proxy):
    pool = redis.BlockingConnectionPool(host=proxy.host, port=proxy.url_port, db=3)
    queue = huey.RedisHuey("pooled", connection_pool=pool)
    assert _redis.bounded_client(queue.storage.conn) is queue.storage.conn
    pool.disconnect()
