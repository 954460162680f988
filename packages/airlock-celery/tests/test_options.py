"""What `apply_async` is told besides: every documented option, checked before anything is sent."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from celery_support.brokers import QUEUE, Memory
from kombu import Exchange, Producer, Queue

from airlock import Intent, InvalidIntentError
from airlock.integrations.executors.celery import celery_executor

MOMENT = datetime(2100, 1, 2, 3, 4, 5, tzinfo=UTC)
GOOD: dict[str, list[Any]] = {
    "add_to_parent": [False],
    "argsrepr": ["", "<hidden>"],
    "compression": ["zlib"],
    "confirm_timeout": [1.5],
    "countdown": [0, 0.5, 60],
    "declare": [[]],
    "delivery_mode": [1, 2, "transient", "persistent"],
    "eta": [MOMENT, MOMENT.replace(tzinfo=None), MOMENT.isoformat()],
    "exchange": ["", Exchange("")],
    "expires": [60, 0.5, MOMENT, MOMENT.isoformat()],
    "group_id": ["group"],
    "headers": [{}, {"tenant": "a", "nested": {"list": [1, None]}}],
    "ignore_result": [True],
    "kwargsrepr": ["<hidden>"],
    "link": [{"task": "shop.add", "args": [1], "options": {}}, []],
    "link_error": [[{"task": "shop.add", "args": [1], "options": {}}]],
    "parent_id": ["parent"],
    "priority": [0, 9, 255],
    "queue": [QUEUE, Queue(QUEUE)],
    "reply_to": ["somebody"],
    "retry": [False],
    "retry_policy": [{"max_retries": 1, "interval_start": 0, "interval_step": 0.1, "interval_max": 1}],
    "root_id": ["root"],
    "routing_key": [QUEUE],
    "serializer": ["json"],
    "shadow": ["other"],
    "soft_time_limit": [5],
    "task_id": ["mine"],
    "time_limit": [5.5],
    "timeout": [1],
}
BAD: dict[str, list[Any]] = {
    "add_to_parent": [1],
    "argsrepr": [5],
    "compression": ["no-such", b"zlib"],
    "confirm_timeout": [-1],
    "countdown": ["60", timedelta(seconds=60), True, float("nan"), float("inf"), 1e20, -1e20],
    "declare": [QUEUE],
    "delivery_mode": [3, True, "lasting"],
    "eta": [60, "tomorrow", MOMENT.date()],
    "exchange": [5],
    "expires": ["soon", timedelta(1), float("nan")],
    "group_id": [5],
    "headers": [[("a", 1)], {1: "a"}, {"a": object()}, {"task": "shop.other"}, {"id": "mine"}],
    "ignore_result": [0],
    "kwargsrepr": [{}],
    "link": ["shop.add", [5], {"args": []}],
    "link_error": [print],
    "parent_id": [""],
    "priority": [-1, 256, 1.5, "high", True],
    "queue": [5, ""],
    "reply_to": [5],
    "retry": ["no"],
    "retry_policy": [{"retries": 1}, 3],
    "root_id": [5],
    "routing_key": [5],
    "serializer": ["no-such", 5],
    "shadow": [5, "\ud800"],
    "soft_time_limit": ["5", -1],
    "task_id": [5, ""],
    "time_limit": [timedelta(1)],
    "timeout": ["1"],
}


def add_one(x: int) -> int:
    return x + 1


def take_any(**kwargs: object) -> None: ...


@pytest.fixture
def broker(memory: Memory) -> Memory:
    return memory


@pytest.fixture
def add(broker: Memory) -> Any:
    return broker.app.task(name="shop.add", shared=False)(add_one)


def test_every_option_is_tested() -> None:
    assert set(GOOD) == set(BAD) == set(celery_executor.options)


@pytest.mark.parametrize(("option", "value"), [(name, value) for name, values in GOOD.items() for value in values])
def test_a_documented_option_is_taken(option: str, value: Any, broker: Memory, add: Any) -> None:
    if option == "confirm_timeout" and option not in Producer.publish.__code__.co_varnames:
        with pytest.raises(InvalidIntentError, match="needs a newer kombu"):
            celery_executor(Intent(add, (1,), {}, {option: value}))
        return
    celery_executor(Intent(add, (1,), {}, {option: value}))
    assert len(broker.messages()) == 1


@pytest.mark.parametrize("option", GOOD)
def test_none_stands_for_the_default(option: str, broker: Memory, add: Any) -> None:
    celery_executor(Intent(add, (1,), {}, {option: None}))
    assert len(broker.messages()) == 1


@pytest.mark.parametrize(("option", "value"), [(name, value) for name, values in BAD.items() for value in values])
def test_a_wrong_value_is_an_error_before_anything_is_sent(option: str, value: Any, broker: Memory, add: Any) -> None:
    with pytest.raises(InvalidIntentError):
        list(celery_executor.dispatch_many([Intent(add, (1,)), Intent(add, (1,), {}, {option: value})]))
    assert broker.messages() == []


def test_an_error_says_what_the_value_must_be(add: Any) -> None:
    with pytest.raises(InvalidIntentError, match="option 'countdown' must be a number of seconds, not '60'"):
        celery_executor(Intent(add, (1,), {}, {"countdown": "60"}))


@pytest.mark.parametrize(
    "options",
    [{"countdown": 0, "eta": MOMENT}, {"soft_time_limit": 10, "time_limit": 5}],
    ids=["when", "limits"],
)
def test_options_that_contradict_each_other_are_an_error(options: dict[str, Any], broker: Memory, add: Any) -> None:
    with pytest.raises(InvalidIntentError):
        celery_executor(Intent(add, (1,), {}, options))
    assert broker.messages() == []


@pytest.mark.parametrize(
    ("option", "advice"),
    [
        ("args", "enqueue"),
        ("kwargs", "enqueue"),
        ("connection", "connections of its own"),
        ("producer", "connections of its own"),
        ("publisher", "connections of its own"),
        ("countdow", "did you mean 'countdown'"),
    ],
)
def test_what_is_no_option_of_the_caller_is_refused_with_advice(option: str, advice: str, add: Any) -> None:
    with pytest.raises(InvalidIntentError, match=advice):
        celery_executor(Intent(add, (1,), {}, {option: 1}))


def test_options_show_on_the_message(broker: Memory, add: Any) -> None:
    options = {"eta": MOMENT, "expires": MOMENT, "priority": 3, "headers": {"tenant": "a"}, "argsrepr": "<hidden>"}
    celery_executor(Intent(add, (1,), {}, options))
    (message,) = broker.messages()
    headers = message["headers"]
    assert (headers["eta"], headers["expires"], headers["tenant"]) == (MOMENT.isoformat(), MOMENT.isoformat(), "a")
    assert (headers["argsrepr"], message["properties"]["priority"]) == ("<hidden>", 3)


def test_an_option_and_an_argument_of_the_same_name_are_kept_apart(broker: Memory) -> None:
    task = broker.app.task(name="shop.loose", shared=False)(take_any)
    celery_executor(Intent(task, (), {"countdown": 1, "queue": 2, "self": 3}, {"time_limit": 30}))
    (message,) = broker.queued()
    assert (message.kwargs, message.options) == ({"countdown": 1, "queue": 2, "self": 3}, {"time_limit": 30})
