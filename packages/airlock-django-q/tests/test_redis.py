"""The Redis broker: a flush is one transaction over one connection."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from airlock_conformance.proxy import CuttingProxy
from django.conf import settings
from django_q.brokers import get_broker
from django_q_project import tasks
from django_q_project.backends import redis_proxy, redis_without_answer, use_redis
from django_q_project.packages_seen import QUEUE, on_redis, redis_client

import airlock
from airlock import Intent, Scope
from airlock.integrations.executors.django_q import _redis, django_q_executor

pytestmark = pytest.mark.server


@pytest.fixture(autouse=True)
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[CuttingProxy]:
    with redis_proxy(monkeypatch) as proxy, redis_client() as client:
        client.flushdb()
        yield proxy
        client.flushdb()


@pytest.fixture
def connections(proxy: CuttingProxy, monkeypatch: pytest.MonkeyPatch) -> list[redis.Connection]:
    """The connections that brokers open from now on."""
    opened: list[redis.Connection] = []

    def connect(connection: redis.Connection) -> None:
        opened.append(connection)
        connection.on_connect()

    use_redis(monkeypatch, redis_connect_func=connect)
    return opened


@pytest.fixture
def transactions(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many commands each transaction had that is executed from now on."""
    sizes: list[int] = []
    execute = redis.client.Pipeline.execute

    def count(self: redis.client.Pipeline, **options: bool) -> Any:
        sizes.append(len(self))
        return execute(self, **options)

    monkeypatch.setattr(redis.client.Pipeline, "execute", count)
    return sizes


def numbers(packages: list[dict[str, Any]]) -> list[int]:
    return [package["args"][0] for package in packages]


def numbers_of(intents: list[Intent]) -> list[int]:
    return [intent.args[0] for intent in intents]


def failed(count: int, *errors: type[Exception]) -> Scope:
    scope = Scope(executor=django_q_executor)
    with pytest.raises(errors), scope:
        for number in range(count):
            airlock.enqueue(tasks.note, number)
    return scope


def test_a_flush_is_one_transaction_over_one_connection(
    connections: list[redis.Connection], transactions: list[int]
) -> None:
    with Scope(executor=django_q_executor):
        for number in range(100):
            airlock.enqueue(tasks.note, number)
    assert (len(connections), transactions) == (1, [100])
    assert numbers(on_redis()) == list(range(100))


def test_long_messages_are_pushed_in_several_transactions(
    transactions: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_redis, "_CHARACTERS", 1000)
    with Scope(executor=django_q_executor):
        for number in range(7):
            airlock.enqueue(tasks.note, number)
    assert transactions == [2, 2, 2, 1]
    assert numbers(on_redis()) == list(range(7))


def test_the_connection_of_a_flush_is_closed(connections: list[redis.Connection]) -> None:
    django_q_executor(Intent(tasks.note))
    (connection,) = connections
    assert connection._sock is None


def test_each_cluster_has_its_own_list() -> None:
    with Scope(executor=django_q_executor):
        for number, cluster in enumerate(["airlock", "slow", None]):
            airlock.options(cluster=cluster).enqueue(tasks.note, number)
    assert numbers(on_redis()) == [0, 2]
    assert numbers(on_redis("django_q:slow:q")) == [1]


def test_a_connection_that_is_refused_leaves_nothing_uncertain(proxy: CuttingProxy) -> None:
    proxy.cut_now()
    assert failed(3, redis.ConnectionError).uncertain == []


def test_what_was_pushed_but_never_answered_is_uncertain_and_not_pushed_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    with redis_without_answer(monkeypatch):
        scope = failed(3, redis.ConnectionError)
    assert scope.dispatched == []
    assert numbers_of(scope.uncertain) == [0, 1, 2]
    assert numbers(on_redis()) == [0, 1, 2]


def test_of_several_transactions_those_that_were_answered_count(
    proxy: CuttingProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_redis, "_COMMANDS", 10)
    proxy.cut_after_bytes(25 * 330)
    scope = failed(40, redis.ConnectionError)
    sent = len(scope.dispatched)
    assert sent in (10, 20, 30)
    assert numbers_of(scope.undispatched) == list(range(sent, 40))
    assert numbers_of(scope.uncertain) == list(range(sent, sent + 10))
    assert numbers(on_redis())[:sent] == list(range(sent))


def test_a_server_that_refuses_a_transaction_leaves_nothing_uncertain(
    proxy: CuttingProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = {"username": "airlock-django-q", "password": "only for tests"}
    use_redis(monkeypatch, host=proxy.host, port=proxy.url_port, **user)
    with redis_client() as client:
        client.execute_command(
            "ACL", "SETUSER", user["username"], "on", f">{user['password']}", "~*", "+@all", "-rpush"
        )
        scope = failed(3, redis.ResponseError)
        client.execute_command("ACL", "DELUSER", user["username"])
    assert isinstance(redis.ResponseError(), django_q_executor.unavailable)
    assert (scope.dispatched, scope.uncertain) == ([], [])
    assert on_redis() == []


def test_what_was_pushed_after_an_error_of_the_same_transaction_is_uncertain() -> None:
    with redis_client() as client:
        client.set("django_q:wrong:q", "no list")
    scope = Scope(executor=django_q_executor)
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"), scope:
        for number, cluster in enumerate([None, "wrong", None, "wrong"]):
            airlock.options(cluster=cluster).enqueue(tasks.note, number)
    assert numbers_of(scope.dispatched) == [0]
    assert numbers_of(scope.uncertain) == [2]
    assert numbers(on_redis()) == [0, 2]


def test_a_server_that_never_answers_is_an_error_in_time(proxy: CuttingProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_redis, "_SECONDS", 0.2)
    options = {"socket_timeout": None, "socket_connect_timeout": None, "retry": None}
    use_redis(monkeypatch, host=proxy.host, port=proxy.url_port, **options)
    proxy.black_hole()
    started = time.monotonic()
    scope = failed(50, redis.TimeoutError)
    assert time.monotonic() - started < 5
    assert scope.uncertain == []


def test_a_client_that_django_redis_lends_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    shared = redis_client()
    options = dict(shared.get_connection_kwargs())
    monkeypatch.setitem(settings.Q_CLUSTER, "django_redis", "default")
    monkeypatch.setattr(
        "django_q.brokers.redis_broker.Redis.get_connection", staticmethod(lambda list_key=None: shared)
    )
    shared.ping()
    (connection,) = shared.connection_pool._available_connections
    django_q_executor(Intent(tasks.note, (1,)))
    assert shared.get_connection_kwargs() == options
    assert connection._sock is not None
    shared.close()
    assert numbers(on_redis()) == [1]


def test_a_message_is_what_the_broker_itself_would_have_pushed() -> None:
    (prepared,) = django_q_executor.prepare_all([Intent(tasks.note)])
    list(django_q_executor.send([prepared]))
    get_broker().enqueue(prepared.message.payload)
    with redis_client() as client:
        ours, theirs = client.lrange(QUEUE, 0, -1)
    assert ours == theirs
