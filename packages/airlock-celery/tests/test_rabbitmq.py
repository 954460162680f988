"""What is RabbitMQ's own: transactions, confirms and refusals."""

import logging
from typing import Any
from uuid import UUID

import celery
import pytest
from celery_support.apps import make_app
from celery_support.brokers import QUEUE, Memory, RabbitMQ, Redis
from celery_support.flushes import Tolerant, flush, locked_task_of, numbers, task_of
from kombu.exceptions import OperationalError

import airlock
from airlock import Intent, InvalidIntentError, Scope
from airlock.integrations.executors.celery import _brokers, celery_executor, confirms_publishes

pytestmark = pytest.mark.server


def test_redis_and_memory_confirm_and_rabbitmq_only_if_told_to(
    redis: Redis, rabbitmq: RabbitMQ, confirming: RabbitMQ
) -> None:
    brokers = [Memory(), redis, rabbitmq, confirming]
    assert [confirms_publishes(broker.app) for broker in brokers] == [True, True, False, True]


def test_rabbitmq_without_confirms_is_warned_of_once(rabbitmq: RabbitMQ, caplog: pytest.LogCaptureFixture) -> None:
    task = task_of(rabbitmq)
    for _ in range(2):
        flush(task, 1)
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("airlock", logging.WARNING)
    assert "confirm_publish" in record.getMessage()


def test_nothing_is_warned_of_with_confirms(
    redis: Redis, confirming: RabbitMQ, caplog: pytest.LogCaptureFixture
) -> None:
    flush(task_of(redis), 1)
    flush(task_of(confirming), 1)
    assert caplog.records == []


def test_a_transaction_is_not_seen_before_it_is_whole(confirming: RabbitMQ) -> None:
    seen: list[int] = []
    task = task_of(confirming)

    class Looking(celery.Task):
        name = "shop.looking"

        def apply_async(self, *args: Any, **options: Any) -> Any:
            seen.append(len(confirming.messages()))
            return super().apply_async(*args, **options)

        def run(self) -> None: ...

    looking = confirming.app.register_task(Looking())
    list(celery_executor.dispatch_many([Intent(task, (1,)), Intent(looking), Intent(task, (2,))]))
    assert (seen, len(confirming.messages())) == ([0], 3)


def test_a_task_that_cannot_be_sent_rolls_the_transaction_back(confirming: RabbitMQ) -> None:
    task = task_of(confirming)
    with pytest.raises(KeyError), Scope(executor=celery_executor) as scope:
        airlock.enqueue(task, 1)
        airlock.enqueue(locked_task_of(confirming))
    assert (len(scope.undispatched), scope.uncertain, numbers(confirming)) == (2, [], [])
    flush(task, 1)
    assert numbers(confirming) == [0]


def test_what_rabbitmq_refuses_is_found_and_the_rest_sent(confirming: RabbitMQ) -> None:
    task = task_of(confirming)
    with pytest.raises(ExceptionGroup) as caught, Tolerant(executor=celery_executor) as scope:
        first = airlock.enqueue(task, 1)
        bad = airlock.options(exchange="no-such", routing_key="x").enqueue(task, 2)
        last = airlock.enqueue(task, 3)
    assert len(caught.value.exceptions) == 1
    assert (scope.dispatched, scope.undispatched, scope.uncertain) == ([first, last], [bad], [])
    assert numbers(confirming) == [1, 3]


def test_a_header_that_rabbitmq_cannot_carry_is_an_error_before_anything_is_sent(server: Any) -> None:
    task = task_of(server)
    intents = [Intent(task, (1,)), Intent(task, (2,), {}, {"headers": {"order": UUID(int=5)}})]
    if isinstance(server, Redis):
        assert len(list(celery_executor.dispatch_many(intents))) == 2
    else:
        with pytest.raises(InvalidIntentError, match="headers"):
            list(celery_executor.dispatch_many(intents))
        assert numbers(server) == []


def test_a_queue_that_is_full_is_no_success(confirming: RabbitMQ) -> None:
    name = f"{QUEUE}-full"
    with confirming.connection.channel() as channel:
        arguments = {"x-max-length": 1, "x-overflow": "reject-publish"}
        channel.queue_declare(name, durable=True, auto_delete=False, arguments=arguments)
        try:
            task = task_of(confirming)
            queue = confirming.app.amqp.queues[name]
            queue.queue_arguments = arguments
            with pytest.raises(OperationalError), Scope(executor=celery_executor) as scope:
                for number in range(3):
                    airlock.options(queue=name).enqueue(task, number)
            assert (len(scope.undispatched), len(scope.uncertain)) == (3, 3)
        finally:
            channel.queue_delete(name)


@pytest.mark.parametrize("canvas", [False, True])
def test_a_wrong_password_means_that_the_broker_is_down(rabbitmq: RabbitMQ, canvas: bool) -> None:
    app = make_app(rabbitmq.url.replace("guest:guest", "guest:wrong"))
    task = app.task(name="shop.echo", shared=False)(flush)
    # What Celery sends by connections of its own has to be told apart too.
    intent = Intent(celery.chain(task.si("x", 1), task.si("y", 1), app=app)) if canvas else Intent(task, ("x", 1))
    with pytest.raises(celery_executor.unavailable):
        celery_executor(intent)


def test_connections_of_an_app_are_closed_with_it(rabbitmq: RabbitMQ) -> None:
    broker = RabbitMQ(confirm_publish=True)
    flush(task_of(broker), 1)
    producers = _brokers._pools[broker.app].producers
    connection = producers.connections.acquire()
    connection.release()
    _brokers._close(producers, process=_brokers._pools[broker.app].process)
    assert not connection.connected
    broker.close()


def test_without_confirms_a_task_that_cannot_be_sent_comes_after_those_before_it(rabbitmq: RabbitMQ) -> None:
    task = task_of(rabbitmq)
    with pytest.raises(ExceptionGroup) as caught, Tolerant(executor=celery_executor) as scope:
        first = airlock.enqueue(task, 1)
        bad = airlock.enqueue(locked_task_of(rabbitmq))
        last = airlock.enqueue(task, 2)
    assert len(caught.value.exceptions) == 1
    assert (scope.dispatched, scope.undispatched, scope.uncertain) == ([first, last], [bad], [])
    assert numbers(rabbitmq) == [1, 2]


def test_without_confirms_a_refusal_ends_the_flush_and_leaves_what_was_sent_uncertain(rabbitmq: RabbitMQ) -> None:
    task = task_of(rabbitmq)
    with pytest.raises(ExceptionGroup) as caught, Tolerant(executor=celery_executor) as scope:
        airlock.enqueue(task, 1)
        airlock.options(exchange="no-such", routing_key="x").enqueue(task, 2)
        airlock.enqueue(task, 3)
    (error,) = caught.value.exceptions
    assert isinstance(error, celery_executor.unavailable)
    assert (scope.dispatched, len(scope.undispatched)) == ([], 3)
    assert set(numbers(rabbitmq)) <= {intent.args[0] for intent in scope.uncertain}


@pytest.mark.parametrize("confirms", [True, False])
def test_a_queue_that_rabbitmq_refuses_is_the_fault_of_its_intent_alone(
    confirming: RabbitMQ, rabbitmq: RabbitMQ, confirms: bool
) -> None:
    broker = confirming if confirms else rabbitmq
    broker.empty()
    task = task_of(broker)
    with pytest.raises(ExceptionGroup) as caught, Tolerant(executor=celery_executor) as scope:
        first = airlock.enqueue(task, 1)
        bad = airlock.options(queue="amq.reserved").enqueue(task, 2)
        last = airlock.enqueue(task, 3)
    (error,) = caught.value.exceptions
    assert not isinstance(error, celery_executor.unavailable)
    assert (scope.dispatched, scope.undispatched, scope.uncertain) == ([first, last], [bad], [])
    assert numbers(broker) == [1, 3]


def test_without_confirms_an_intent_alone_that_rabbitmq_refuses_is_to_blame(rabbitmq: RabbitMQ) -> None:
    intent = Intent(task_of(rabbitmq), (1,), {}, {"exchange": "no-such", "routing_key": "x"})
    with pytest.raises(Exception, match="no-such") as caught:
        celery_executor(intent)
    assert not isinstance(caught.value, celery_executor.unavailable)
    assert vars(caught.value)["intent"] is intent


def test_sending_again_after_a_refusal_works(confirming: RabbitMQ, rabbitmq: RabbitMQ) -> None:
    for broker in (confirming, rabbitmq):
        broker.empty()
        task = task_of(broker)
        with pytest.raises(Exception, match="no-such"):
            celery_executor(Intent(task, (1,), {}, {"exchange": "no-such", "routing_key": "x"}))
        celery_executor(Intent(task, (2,)))
        assert numbers(broker) == [2]
