"""What is RabbitMQ's alone."""

import logging

import dramatiq
import pytest
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from dramatiq_support import actors, places, queues

import airlock
from airlock import InvalidIntentError, Scope
from airlock.integrations.executors.dramatiq import _rabbitmq, _rabbitmq_lot, confirms_delivery, dramatiq_executor

pytestmark = pytest.mark.server


class Tolerant(Scope):
    stop_on_failure = False


@pytest.fixture
def plain():
    with places.open_place("rabbitmq") as place:
        yield place


@pytest.fixture
def confirms():
    with places.open_place("confirms") as place:
        yield place


@pytest.fixture(params=["rabbitmq", "confirms"])
def either(request):
    with places.open_place(request.param) as place:
        yield place


def note(number):
    raise AssertionError("it is only sent")


def flush(broker, count, start=0, **options):
    actor = actors.actor_of(broker, note)
    with Scope(executor=dramatiq_executor) as scope:
        for number in range(start, start + count):
            airlock.options(**options).enqueue(actor, number)
    return scope


def test_a_broker_as_it_comes_takes_many_messages_at_once(either):
    assert _rabbitmq.can_publish(either.broker)


def test_a_broker_without_confirms_is_warned_of_once(plain, caplog):
    flush(plain.broker, 1)
    flush(plain.broker, 10)

    (record,) = caplog.records
    assert (record.name, record.levelno) == ("airlock", logging.WARNING)
    assert "confirm_delivery=True" in record.getMessage()


def test_a_broker_with_confirms_is_not_warned_of(confirms, caplog):
    flush(confirms.broker, 10)

    assert caplog.records == []


def test_whether_a_broker_confirms_can_be_asked(plain, monkeypatch):
    monkeypatch.setattr("dramatiq.broker.global_broker", plain.broker)

    assert not confirms_delivery()
    assert not confirms_delivery(plain.broker)
    assert confirms_delivery(RabbitmqBroker(confirm_delivery=True))
    assert confirms_delivery(actors.redis_broker())
    assert confirms_delivery(actors.stub_broker())


@pytest.mark.parametrize("count", [1, 10])
def test_a_queue_that_has_disappeared_is_declared_again(confirms, count):
    if dramatiq.__version__.startswith("1.") and count == 1:
        pytest.xfail("Dramatiq 1 does not notice that a single message found no queue")
    flush(confirms.broker, 10)
    queues.forget_rabbitmq()

    scope = flush(confirms.broker, count, start=10)

    assert confirms.numbers == list(range(10, 10 + count))
    assert len(scope.dispatched) == count


def test_of_a_flush_to_several_queues_only_what_found_none_goes_again(confirms):
    broker = confirms.broker
    broker.declare_queue("airlock_dramatiq_lost")
    actor = confirms.actor(note)
    for _ in range(2):
        with Scope(executor=dramatiq_executor):
            for number in range(10):
                name = "airlock_dramatiq_lost" if number % 2 else actors.QUEUE
                airlock.options(queue_name=name).enqueue(actor, number)
        in_lost = [message.args[0] for message in confirms.queued("airlock_dramatiq_lost")]
        queues.forget_rabbitmq("airlock_dramatiq_lost")
        assert in_lost == [1, 3, 5, 7, 9]

    assert confirms.numbers == [0, 2, 4, 6, 8] * 2


def test_a_queue_that_the_server_refuses_is_the_fault_of_its_intent_alone(either):
    actor = actors.actor_of(either.broker, note)
    reserved = "amq.reserved"
    either.broker.queues.add(reserved)
    either.broker.queues_pending.add(reserved)

    with pytest.raises(ExceptionGroup) as caught, Tolerant(executor=dramatiq_executor) as scope:
        first = airlock.enqueue(actor, 1)
        bad = airlock.options(queue_name=reserved).enqueue(actor, 2)
        last = airlock.enqueue(actor, 3)

    (error,) = caught.value.exceptions
    assert isinstance(error, InvalidIntentError)
    assert error.intent is bad
    assert not isinstance(error, dramatiq_executor.unavailable)
    assert (scope.dispatched, scope.undispatched, scope.uncertain) == ([first, last], [bad], [])


@pytest.mark.parametrize("count", [1, 10])
def test_a_priority_is_a_property_of_the_message(either, count):
    flush(either.broker, count, broker_priority=7)

    assert [message.options["broker_priority"] for message in either.queued()] == [7] * count


def test_a_transaction_that_the_server_refuses_is_sent_one_by_one(confirms, monkeypatch):
    # An exchange that does not exist is what a server refuses while messages are published.
    buffered = _rabbitmq_lot._buffered

    def misdirected(channel):
        write = buffered(channel)
        return lambda **arguments: write(**{**arguments, "exchange": "no_such_exchange"})

    monkeypatch.setattr(_rabbitmq_lot, "_buffered", misdirected)

    scope = flush(confirms.broker, 10)

    assert confirms.numbers == list(range(10))
    assert len(scope.dispatched) == 10


def test_of_a_transaction_that_was_delivered_in_part_everything_is_uncertain():
    class Small(RabbitmqBroker):
        def _build_queue_arguments(self, queue_name):
            arguments = super()._build_queue_arguments(queue_name)
            return {**arguments, "x-max-length": 3, "x-overflow": "reject-publish"}

    with places.open_place("confirms") as place:
        broker = Small(url=actors.rabbitmq_url(), confirm_delivery=True)
        actor = actors.actor_of(broker, note)
        scope = Scope(executor=dramatiq_executor)

        with pytest.raises(dramatiq_executor.unavailable), scope:
            intents = [airlock.enqueue(actor, number) for number in range(10)]

        assert (scope.dispatched, scope.uncertain) == ([], intents)
        assert set(place.numbers) <= set(range(10))
        broker.close()


def test_a_channel_without_a_known_inside_publishes_as_well(either, monkeypatch):
    monkeypatch.setattr(_rabbitmq_lot, "_buffered", lambda channel: channel.basic_publish)

    flush(either.broker, 10)

    assert either.numbers == list(range(10))


class Counting(RabbitmqBroker):
    calls = 0

    def enqueue(self, message, *, delay=None):
        self.calls += 1
        return super().enqueue(message, delay=delay)


def test_a_broker_with_an_enqueue_of_its_own_sends_by_that(confirms):
    broker = Counting(url=actors.rabbitmq_url(), confirm_delivery=True)

    scope = flush(broker, 10)

    assert not _rabbitmq.can_publish(broker)
    assert (broker.calls, len(scope.results), confirms.numbers) == (10, 10, list(range(10)))
    broker.close()
