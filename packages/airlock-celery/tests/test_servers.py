"""What holds for every server: bounded waiting, lost connections, several apps, and connections of our own."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import celery
import pytest
from celery_support.brokers import RabbitMQ, Redis
from celery_support.flushes import disturbing_task_of, flush, numbers, task_of
from kombu import Producer
from kombu.exceptions import OperationalError

import airlock
from airlock import Intent, Scope
from airlock.integrations.executors.celery import _brokers, _sending, celery_executor, confirms_publishes

HAS_BATCHES = hasattr(Producer, "batch")

pytestmark = pytest.mark.server


@pytest.mark.parametrize("silent_from_the_start", [True, False])
def test_a_silent_broker_fails_in_bounded_time(
    silent_from_the_start: bool, server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_brokers, "ANSWER_TIMEOUT", 0.5)
    monkeypatch.setattr(_sending, "ANSWER_TIMEOUT", 0.5)
    server.app.conf.broker_connection_timeout = 0.5
    task = task_of(server)
    if not silent_from_the_start:
        flush(task, 1)
    server.proxy.black_hole()
    scope = Scope(executor=celery_executor)
    started = time.monotonic()
    with pytest.raises(OperationalError), scope:
        for number in range(100):
            airlock.enqueue(task, number)
    assert time.monotonic() - started < 3
    assert (len(scope.undispatched), scope.uncertain) == (100, [])


def test_a_flush_is_retried_as_often_as_the_app_says(server: Any) -> None:
    server.app.conf.task_publish_retry_policy = {"max_retries": 0, "interval_start": 0}
    task = task_of(server)
    started = time.monotonic()
    with server.unavailable(), pytest.raises(OperationalError):
        flush(task, 3)
    assert time.monotonic() - started < 0.5


def test_a_connection_that_was_lost_between_two_flushes_does_no_harm(server: Any) -> None:
    task = task_of(server)
    flush(task, 2)
    with server.unavailable():
        pass
    assert len(flush(task, 2).dispatched) == 2
    assert numbers(server) == [0, 1, 0, 1]


def test_a_refused_connection_leaves_nothing_uncertain(server: Any) -> None:
    task = task_of(server)
    flush(task, 1)
    scope = Scope(executor=celery_executor)
    with server.unavailable(), pytest.raises(OperationalError), scope:
        airlock.enqueue(task, 1)
        airlock.enqueue(task, 2)
    assert scope.uncertain == []


@pytest.mark.parametrize("name", ["redis", "confirming"])
def test_canvas_objects_keep_their_place(name: str, request: pytest.FixtureRequest) -> None:
    server = request.getfixturevalue(name)
    task = task_of(server)
    intents = [Intent(task, (0,)), Intent(celery.group(task.s(1), task.s(2))), Intent(task, (3,)), Intent(task.s(4))]
    results = list(celery_executor.dispatch_many(intents))
    assert [result.id for result in results] == [str(intent.id) for intent in intents]
    assert numbers(server) == [0, 1, 2, 3, 4]


def test_apps_may_alternate_in_one_flush(redis: Redis, confirming: RabbitMQ) -> None:
    tasks = [task_of(redis), task_of(confirming)]
    intents = [Intent(tasks[number // 2 % 2], (number,)) for number in range(8)]
    assert len(list(celery_executor.dispatch_many(intents))) == 8
    assert (numbers(redis), numbers(confirming)) == ([0, 1, 4, 5], [2, 3, 6, 7])


def test_what_the_first_app_has_taken_is_dispatched_when_the_second_is_down(redis: Redis, confirming: RabbitMQ) -> None:
    first, second = task_of(redis), task_of(confirming)
    with confirming.unavailable(), pytest.raises(OperationalError), Scope(executor=celery_executor) as scope:
        there = airlock.enqueue(first, 1)
        missing = airlock.enqueue(second, 2)
    assert (scope.dispatched, scope.undispatched, scope.uncertain) == ([there], [missing], [])


def test_another_configuration_gets_other_connections(redis: Redis) -> None:
    task = task_of(redis)
    flush(task, 1)
    pools = [_brokers._pools[redis.app]]
    redis.app.conf.broker_transport_options = {"socket_timeout": 2}
    flush(task, 1)
    pools.append(_brokers._pools[redis.app])
    assert pools[0].producers is not pools[1].producers
    assert numbers(redis) == [0, 0]


def test_more_threads_than_connections_take_turns(server: Any) -> None:
    server.app.conf.broker_pool_limit = 2
    task = task_of(server)
    with ThreadPoolExecutor(6) as threads:
        scopes = [threads.submit(flush, task, 5) for _ in range(6)]
    assert [len(scope.result().dispatched) for scope in scopes] == [5] * 6
    assert len(numbers(server)) == 30


def test_no_pool_is_kept_where_the_app_wants_none(server: Any) -> None:
    server.app.conf.broker_pool_limit = None
    task = task_of(server)
    flush(task, 2)
    flush(task, 2)
    assert numbers(server) == [0, 1, 0, 1]


def test_a_broker_that_falls_silent_under_way_leaves_what_was_sent_uncertain(
    server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_brokers, "ANSWER_TIMEOUT", 2)
    monkeypatch.setattr(_sending, "ANSWER_TIMEOUT", 2)
    server.app.conf.broker_connection_timeout = 5
    disturbing = disturbing_task_of(server, server.proxy.black_hole, first=False)
    intents = [Intent(task_of(server), (1,)), Intent(disturbing, (2,))]
    handles = celery_executor.dispatch_many(intents)
    if isinstance(server, Redis) and not HAS_BATCHES:
        assert next(handles)
        assert next(handles)
        return
    with pytest.raises(celery_executor.unavailable) as caught:
        next(handles)
    assert vars(caught.value)["uncertain_intents"] == tuple(intents)


@pytest.mark.parametrize("kind", ["task", "group"])
def test_a_single_message_that_is_cut_off_is_uncertain_unless_it_was_in_a_transaction(kind: str, server: Any) -> None:
    server.app.conf.task_publish_retry_policy = {"max_retries": 1, "interval_start": 0}
    task = disturbing_task_of(server, server.proxy.cut_now, first=True)
    intent = Intent(task if kind == "task" else celery.group(task.s(), task.s()), (1,))
    with pytest.raises(celery_executor.unavailable) as caught:
        celery_executor(intent)
    rolled_back = kind == "task" and confirms_publishes(server.app) and isinstance(server, RabbitMQ)
    assert vars(caught.value).get("uncertain_intents", ()) == (() if rolled_back else (intent,))
