"""What a call returns whose message is not sent yet."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery
from celery.result import AsyncResult, EagerResult
from celery_support.brokers import Memory
from celery_support.calls import refuse

import airlock
from airlock import UsageError
from airlock.integrations.celery import (
    PendingResult,
)

pytestmark = pytest.mark.filterwarnings("ignore:.* is enqueued instead:DeprecationWarning")


@pytest.fixture(autouse=True)
def _executor() -> Iterator[None]:
    airlock.configure(executor="celery")
    yield
    airlock.reset_configuration()


def test_it_has_the_id_that_the_message_will_have(add: Any, memory: Memory) -> None:
    with airlock.scope():
        results = [add.delay(1), add.apply_async((1,), task_id="mine")]
        assert [str(result) for result in results] == [result.id for result in results]
        assert isinstance(results[0], AsyncResult)
    assert [message.id for message in memory.queued()] == [result.task_id for result in results]
    assert results[1].id == "mine"


@pytest.mark.parametrize(
    "ask",
    [
        lambda result: result.get(timeout=1),
        lambda result: result.wait(timeout=1),
        lambda result: result.state,
        lambda result: result.status,
        lambda result: result.result,
        lambda result: result.ready(),
        lambda result: result.successful(),
        lambda result: result.children,
    ],
)
def test_it_says_that_nothing_is_sent_yet(ask: Any, add: Any) -> None:
    with airlock.scope():
        result = add.delay(1)
        with pytest.raises(UsageError, match=r"add .* is not sent: the scope around the call decides") as caught:
            ask(result)
        assert caught.value.intent is result.intent


def test_it_says_why_nothing_was_sent(add: Any) -> None:
    with pytest.raises(KeyError), airlock.scope():
        discarded = add.delay(1)
        raise KeyError
    with airlock.scope(policy=airlock.DropAll()):
        dropped = add.delay(1)
    with pytest.raises(ConnectionError), airlock.scope(executor=refuse):
        failed = add.delay(1)
    for result, reason in [(discarded, "discarded"), (dropped, r"DropAll\(\)"), (failed, "has failed")]:
        with pytest.raises(UsageError, match=reason):
            result.get()


def test_it_is_celerys_own_once_it_is_sent(legacy_app: Celery, add: Any) -> None:
    legacy_app.conf.update(result_backend="cache+memory://", task_ignore_result=False)
    with airlock.scope():
        with airlock.scope():
            result = add.delay(1)
    assert result.state == "PENDING"
    legacy_app.backend.store_result(result.id, 42, "SUCCESS")
    assert (result.get(timeout=5), result.state) == (42, "SUCCESS")


def test_it_has_the_value_where_the_task_was_called_in_this_process(add: Any) -> None:
    with airlock.scope(executor="sync"):
        result = add.delay(1, y=2)
    assert (result.get(), result.state) == (3, "SUCCESS")


def test_it_has_the_value_of_an_eager_task(legacy_app: Celery, add: Any) -> None:
    legacy_app.conf.task_always_eager = True
    with airlock.scope() as scope:
        result = add.delay(1, y=2)
    assert result.get() == 3
    assert isinstance(scope.results[result.intent], EagerResult)


def test_a_copy_is_celerys_own(add: Any) -> None:
    with airlock.scope():
        result = add.delay(1)
        copied = copy.copy(result)
    assert (type(copied), copied.id) == (AsyncResult, result.id)
    assert isinstance(result, PendingResult)
