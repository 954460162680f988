"""What Dramatiq is told besides."""

import datetime
import time

import pytest
from dramatiq import GenericActor, Middleware
from dramatiq_support import actors, queues

import airlock
from airlock import InvalidIntentError, Scope
from airlock.integrations.executors.dramatiq import dramatiq_executor

# The last one came with Dramatiq 2.
CALLBACKS = {"on_success", "on_failure", "on_retry_exhausted"} & actors.stub_broker().actor_options


@pytest.fixture
def broker():
    return actors.stub_broker()


@pytest.fixture
def mail(broker):
    return actors.actor_of(broker, send_mail)


def send_mail(*args):
    raise AssertionError("it is only sent")


def flush(task, *args, **options):
    with Scope(executor=dramatiq_executor) as scope:
        airlock.options(**options).enqueue(task, *args)
    (message,) = scope.results.values()
    return message


def test_a_delay_in_milliseconds_puts_the_message_in_the_queue_for_delayed_ones(broker, mail):
    before = time.time() * 1000

    message = flush(mail, 1, delay=60_000)

    (queued,) = queues.in_stub(broker, f"{actors.QUEUE}.DQ")
    assert queues.in_stub(broker) == []
    assert 59_000 < queued.options["eta"] - before < 70_000
    assert message.queue_name == f"{actors.QUEUE}.DQ"


def test_a_delay_may_be_a_timedelta(broker, mail):
    before = time.time() * 1000

    flush(mail, 1, delay=datetime.timedelta(minutes=1))

    (queued,) = queues.in_stub(broker, f"{actors.QUEUE}.DQ")
    assert 59_000 < queued.options["eta"] - before < 70_000


@pytest.mark.parametrize("delay", ["60", 1.5, True, -1, datetime.timedelta(-1)])
def test_any_other_delay_is_an_error(broker, mail, delay):
    with pytest.raises(InvalidIntentError, match="'delay'"):
        flush(mail, 1, delay=delay)
    assert queues.in_stub(broker, f"{actors.QUEUE}.DQ") == []


def test_a_queue_name_is_where_the_message_goes_and_not_an_option_of_it(broker, mail):
    broker.declare_queue("elsewhere")

    message = flush(mail, 1, queue_name="elsewhere")

    (queued,) = queues.in_stub(broker, "elsewhere")
    assert queued.options == {"queue_name": "elsewhere"}
    assert (message.queue_name, message.options) == ("elsewhere", {})


def test_a_queue_that_the_stub_would_refuse_is_an_error_before_anything_is_sent(broker, mail):
    with pytest.raises(InvalidIntentError, match="declare_queue"), Scope(executor=dramatiq_executor):
        airlock.enqueue(mail, 1)
        airlock.options(queue_name="elsewhere").enqueue(mail, 2)
    assert queues.in_stub(broker) == []


@pytest.mark.parametrize("queue", ["", 5])
def test_a_queue_name_that_is_none_is_an_error(mail, queue):
    with pytest.raises(InvalidIntentError, match="'queue_name'"):
        flush(mail, 1, queue_name=queue)


@pytest.mark.parametrize(
    "option",
    [
        {"max_age": 1000},
        {"max_backoff": 1000},
        {"max_retries": 0},
        {"min_backoff": 10},
        {"notify_shutdown": True},
        {"on_failure": "send_mail"},
        {"on_success": "send_mail"},
        {"pipe_ignore": True},
        {"throws": None},
        {"time_limit": 1000},
        {"broker_priority": 3},
    ],
    ids=str,
)
def test_what_middleware_and_broker_know_is_an_option_of_the_message(broker, mail, option):
    flush(mail, 1, **option)

    (queued,) = queues.in_stub(broker)
    assert queued.options == {**option, "queue_name": actors.QUEUE}


def test_an_option_of_other_middleware_is_known_once_the_broker_has_it(broker, mail):
    class Tenants(Middleware):
        actor_options = frozenset({"tenant"})

    with pytest.raises(InvalidIntentError, match="'tenant'"):
        flush(mail, 1, tenant="north")
    broker.add_middleware(Tenants())
    flush(mail, 1, tenant="north")

    (queued,) = queues.in_stub(broker)
    assert queued.options["tenant"] == "north"


@pytest.mark.parametrize(
    ("slip", "meant"), [("max_retry", "max_retries"), ("priority", "broker_priority"), ("queue", "queue_name")]
)
def test_a_slip_is_an_error_that_names_the_close_match(mail, slip, meant):
    with pytest.raises(InvalidIntentError, match=f"no option '{slip}' .*did you mean '{meant}'"):
        flush(mail, 1, **{slip: 1})


@pytest.mark.parametrize("option", ["message_id", "args", "kwargs", "countdown"])
def test_what_dramatiq_would_swallow_is_an_error(mail, option):
    with pytest.raises(InvalidIntentError, match=f"'{option}'"):
        flush(mail, 1, **{option: 1})


@pytest.mark.parametrize(
    ("option", "advice"), [("countdown", "delay, in milliseconds"), ("message_id", "the id of its intent")]
)
def test_what_other_queues_call_it_is_an_error_with_advice(mail, option, advice):
    with pytest.raises(InvalidIntentError, match=advice):
        flush(mail, 1, **{option: 1})


@pytest.mark.parametrize("option", sorted(CALLBACKS))
def test_a_callback_may_be_an_actor(broker, mail, option):
    flush(mail, 1, **{option: mail})

    (queued,) = queues.in_stub(broker)
    assert queued.options[option] == "send_mail"


def test_a_callback_may_be_an_actor_that_was_written_as_a_class(broker, mail):
    class Confirm(GenericActor):
        Meta = type("Meta", (), {"actor_name": "confirm", "broker": broker})

        def perform(self):
            raise AssertionError("it is only named")

    flush(mail, 1, on_success=Confirm)

    (queued,) = queues.in_stub(broker)
    assert queued.options["on_success"] == "confirm"


@pytest.mark.parametrize(
    "option",
    [
        {"on_success": len},
        {"max_retries": "3"},
        {"time_limit": True},
        {"broker_priority": 256},
        {"broker_priority": -1},
        {"broker_priority": 1.5},
        {"throws": ValueError},
    ],
    ids=str,
)
def test_a_wrong_value_is_an_error_that_names_the_option(broker, mail, option):
    (name,) = option

    with pytest.raises(InvalidIntentError, match=f"send_mail.*'{name}'"):
        flush(mail, 1, **option)
    assert queues.in_stub(broker) == []


def test_a_priority_is_no_option_where_the_broker_has_none():
    broker = actors.redis_broker()

    with pytest.raises(InvalidIntentError, match="no option 'broker_priority'"):
        flush(actors.actor_of(broker, send_mail), 1, broker_priority=3)
