"""Signatures, and canvas objects, which become any number of messages."""

from typing import Any

import celery
import pytest
from celery_support.brokers import Memory

import airlock
from airlock import Intent, InvalidIntentError, Scope
from airlock.integrations.executors.celery import celery_executor


@pytest.fixture
def broker(memory: Memory) -> Memory:
    memory.app.conf.result_backend = "cache+memory://"
    return memory


@pytest.fixture
def add(broker: Memory) -> Any:
    @broker.app.task(name="shop.add", shared=False)
    def add(x: Any, y: Any = 0) -> Any:
        return x + y

    return add


def send(*intents: Intent) -> list[Any]:
    return list(celery_executor.dispatch_many(intents))


def test_the_arguments_of_an_intent_go_in_front_of_those_of_a_signature(broker: Memory, add: Any) -> None:
    with Scope(executor=celery_executor):
        airlock.enqueue(add.s(2), 1)
        airlock.enqueue(add.s(y=5), 1, y=2)
    assert [(message.args, message.kwargs) for message in broker.queued()] == [((1, 2), {}), ((1,), {"y": 2})]


def test_the_options_of_an_intent_win_over_those_of_a_signature(broker: Memory, add: Any) -> None:
    signature = add.s(1).set(time_limit=10, shadow="other")
    send(Intent(signature), Intent(signature, (), {}, {"time_limit": 20}))
    headers = [message["headers"] for message in broker.messages()]
    assert [(header["timelimit"][0], header["shadow"]) for header in headers] == [(10, "other"), (20, "other")]


def test_the_id_of_a_signature_is_that_of_the_intent_unless_it_has_one(broker: Memory, add: Any) -> None:
    plain = Intent(add.s(1))
    results = send(plain, Intent(add.s(1).set(task_id="own")), Intent(add.s(1), (), {}, {"task_id": "given"}))
    expected = [str(plain.id), "own", "given"]
    assert [message.id for message in broker.queued()] == expected == [result.id for result in results]


def test_an_immutable_signature_takes_no_arguments(broker: Memory, add: Any) -> None:
    send(Intent(add.si(1, 2)))
    with pytest.raises(InvalidIntentError, match="immutable"):
        send(Intent(add.s(1)), Intent(add.si(1), (2,)))
    assert [message.args for message in broker.queued()] == [(1, 2)]


def test_a_signature_of_a_task_that_is_not_known_here_is_sent_by_name(broker: Memory) -> None:
    send(Intent(broker.app.signature("elsewhere.task", (1,))))
    assert broker.queued()[0][:2] == ("elsewhere.task", (1,))


def test_a_signature_in_the_options_of_which_two_disagree_is_an_error(add: Any) -> None:
    from datetime import UTC, datetime

    with pytest.raises(InvalidIntentError, match="'countdown' and 'eta'"):
        send(Intent(add.s(1).set(countdown=5), (), {}, {"eta": datetime.now(UTC)}))


@pytest.mark.parametrize(
    "make",
    [
        lambda add: add.s(),
        lambda add: celery.group(add.s(1), add.s()),
        lambda add: celery.chain(add.s(), add.s(1)),
        lambda add: celery.chord([add.s(1), add.s()], add.s()),
        lambda add: celery.chain(celery.group(add.s(), add.s(1)), add.s()),
    ],
    ids=["signature", "group", "chain", "chord", "nested"],
)
def test_arguments_that_do_not_fit_are_an_error_before_anything_is_sent(make: Any, broker: Memory, add: Any) -> None:
    with pytest.raises(InvalidIntentError, match=r"add\(\) missing 1 required positional argument: 'x'"):
        send(Intent(add, (1,)), Intent(make(add)))
    assert broker.queued() == []


@pytest.mark.parametrize(
    "make",
    [
        lambda add: add.s(object()),
        lambda add: celery.group(add.s(1), add.s(object())),
        lambda add: celery.chain(add.s(1), add.s(object())),
        lambda add: celery.chord([add.s(1)], add.s(object())),
        lambda add: add.s(1).on_error(add.s(object())),
    ],
    ids=["signature", "group", "chain", "chord", "errback"],
)
def test_what_cannot_be_serialised_is_an_error_before_anything_is_sent(make: Any, broker: Memory, add: Any) -> None:
    with pytest.raises(InvalidIntentError, match="EncodeError"):
        send(Intent(add, (1,)), Intent(make(add)))
    assert broker.queued() == []


def test_canvas_objects_stand_in_line_with_tasks(broker: Memory, add: Any) -> None:
    send(
        Intent(add, (0,)),
        Intent(celery.group(add.s(1), add.s(2))),
        Intent(celery.chain(add.s(3), add.s(1))),
        Intent(add, (4,)),
        Intent(add.chunks([(5, 0), (6, 0)], 1)),
    )
    first = [message.args[0] if message.name == "add" else message.kwargs["it"][0][0] for message in broker.queued()]
    assert first == [0, 1, 2, 3, 4, 5, 6]


def test_the_result_of_a_canvas_object_has_the_id_of_the_intent(broker: Memory, add: Any) -> None:
    tasks = [
        celery.group(add.s(1), add.s(2)),
        celery.chain(add.s(1), add.s(2)),
        celery.chord([add.s(1), add.s(2)], add.s()),
    ]
    intents = [Intent(task) for task in tasks]
    assert [result.id for result in send(*intents)] == [str(intent.id) for intent in intents]


def test_arguments_reach_the_heads_of_a_canvas_object(broker: Memory, add: Any) -> None:
    send(Intent(celery.group(add.s(), add.s(2)), (1,)), Intent(celery.chain(add.s(), add.s(1)), (3,)))
    assert [message.args for message in broker.queued()] == [(1,), (1, 2), (3,)]


def test_a_group_takes_no_link(broker: Memory, add: Any) -> None:
    with pytest.raises(InvalidIntentError, match="use a chord"):
        send(Intent(add, (1,)), Intent(celery.group(add.s(1)), (), {}, {"link": add.s()}))
    assert broker.queued() == []


def test_a_chord_takes_no_keyword_arguments(add: Any) -> None:
    with pytest.raises(InvalidIntentError, match="a chord takes no keyword arguments"):
        send(Intent(celery.chord([add.s(1)], add.s()), (), {"body": add.s(2)}))


def test_an_empty_group_sends_nothing(broker: Memory) -> None:
    assert len(send(Intent(celery.group([], app=broker.app)))) == 1
    assert broker.queued() == []


def test_a_canvas_object_that_has_been_json_is_sent_too(broker: Memory, add: Any) -> None:
    import json

    frozen = json.loads(json.dumps(celery.chain(add.s(1), celery.group([add.s(2)]) | add.s())))
    send(Intent(celery.signature(frozen, app=broker.app)))
    assert [message.args for message in broker.queued()] == [(1,)]
