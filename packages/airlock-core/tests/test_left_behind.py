import logging
from contextvars import ContextVar
from functools import partial

import pytest

import airlock
from airlock import Intent, _left_behind
from airlock.integrations.executors import QueueExecutor
from airlock.integrations.executors.auto import auto_executor

request_id = ContextVar("request_id")
tenant = ContextVar("tenant")


@pytest.fixture(autouse=True)
def carrying(monkeypatch):
    """Let intents carry a request's id, and forget what was told."""
    monkeypatch.setattr(_left_behind, "_told", set())
    airlock.configure(context={"request_id": request_id, "tenant": tenant})
    token = request_id.set("r-1")
    yield
    request_id.reset(token)


class Queue(QueueExecutor):
    kind = "anything"

    def accepts(self, task):
        return callable(task)

    def prepare(self, intent):
        return None

    def send(self, batch):
        return map(str, batch)


class Mail(Queue):
    carries_context = True


@pytest.fixture
def told(caplog):
    caplog.set_level(logging.WARNING, "airlock")
    return lambda: [record.getMessage() for record in caplog.records]


def test_an_executor_with_no_place_for_it_says_so_once(told, charge):
    for _ in range(2):
        with airlock.scope(executor=Queue()):
            airlock.enqueue(charge)
    (message,) = told()
    assert message == (
        "Queue has no place in its messages for what intents carry: request_id will not be restored in the worker. "
        "Give the task what it needs as an argument."
    )


@pytest.mark.parametrize(
    "executor", [Mail(), print, lambda intent: None, partial(print, end=""), [].append, "sync", auto_executor]
)
def test_an_executor_that_carries_it_or_is_given_the_intent_is_not_spoken_of(executor, told):
    with airlock.scope(executor=executor):
        airlock.enqueue(bool)
    assert told() == []


def test_an_intent_that_carries_nothing_leaves_nothing_behind(told):
    airlock.configure(context={"tenant": tenant})
    with airlock.scope(executor=Queue()):
        airlock.enqueue(bool)
    assert told() == []


def test_auto_says_which_of_those_that_it_routes_to_have_no_place(told, monkeypatch, charge):
    monkeypatch.setattr("airlock.integrations.executors.auto._executor.executor_for", lambda task: Queue())
    with airlock.scope(executor=auto_executor):
        airlock.enqueue(charge)
    auto_executor(Intent(charge, context={"request_id": "r-1"}))
    assert len(told()) == 1
    assert told()[0].startswith("Queue has no place")
