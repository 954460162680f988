"""What is published without airlock is reported, and what Celery publishes itself is not."""

import logging
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery, _state, chain, chord, group, signals
from celery.contrib.testing.worker import start_worker
from celery_support.brokers import Memory, RabbitMQ, Redis
from celery_support.observing import wait_until

import airlock
from airlock.integrations.bypass import Bypass, BypassWarning, collect
from airlock.integrations.celery import AirlockTask, install_global_intercept
from airlock.integrations.executors.celery import celery_executor


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    airlock.configure(bypass="ignore")


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.server)])
def broker(request: pytest.FixtureRequest) -> Memory | Redis:
    found: Memory | Redis = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def receipt(broker: Memory | Redis) -> Any:
    return receipt_of(broker.app)


def receipt_of(app: Celery) -> Any:
    @app.task(name="shop.receipt", shared=False)
    def receipt(order: int = 0) -> int:
        return order

    return receipt


def test_the_task_and_the_line_are_named(receipt: Any, broker: Memory | Redis) -> None:
    with collect() as found:
        receipt.delay(7)
    line = test_the_task_and_the_line_are_named.__code__.co_firstlineno + 2
    (bypass,) = found
    assert (bypass.backend, bypass.task) == ("celery", "shop.receipt")
    assert (bypass.origin.filename, bypass.origin.line) == (__file__, line)
    assert len(broker.messages()) == 1


@pytest.mark.parametrize("way", ["delay", "apply_async", "signature", "name"])
def test_whatever_way_it_is_sent(receipt: Any, way: str) -> None:
    with collect() as found:
        if way == "signature":
            receipt.s(7).delay()
        elif way == "name":
            receipt.app.send_task("shop.receipt", (7,))
        else:
            getattr(receipt, way)((7,))
    assert [bypass.task for bypass in found] == ["shop.receipt"]
    assert found[0].origin.function == "test_whatever_way_it_is_sent"


def test_the_first_messages_of_a_workflow_are_reported(memory: Memory) -> None:
    task = receipt_of(memory.app)
    with collect() as found:
        group(task.s(1), task.s(2)).delay()
        chain(task.s(3), task.s()).delay()
    assert len(found) == 3


def test_what_airlock_sends_is_not_reported(receipt: Any, broker: Memory | Redis) -> None:
    airlock.configure(bypass="raise")
    with collect() as found, airlock.Scope(executor=celery_executor):
        for number in range(3):
            airlock.enqueue(receipt, number)
        airlock.enqueue(group(receipt.s(3), receipt.s(4)))
        airlock.enqueue(chain(receipt.s(5), receipt.s()))
    assert found == []
    assert len(broker.messages()) == 6


@pytest.mark.server
def test_nor_what_it_sends_in_a_transaction_of_rabbitmq(confirming: RabbitMQ) -> None:
    task = receipt_of(confirming.app)
    with collect() as found:
        with airlock.Scope(executor=celery_executor):
            airlock.enqueue(task, 1)
            airlock.enqueue(task, 2)
        assert found == []
        task.delay(3)
    assert len(found) == 1


def test_what_the_intercept_enqueues_is_not_reported(memory: Memory) -> None:
    install_global_intercept(memory.app)
    task = receipt_of(memory.app)
    with collect() as found:
        with airlock.Scope(executor=celery_executor), pytest.warns(DeprecationWarning, match="enqueued instead"):
            task.delay(1)
        assert found == []
        task.delay(2)
    assert len(found) == 1


def test_a_warning_points_to_the_line(receipt: Any) -> None:
    airlock.configure(bypass="warn")
    with pytest.warns(BypassWarning, match=r"shop\.receipt was sent to celery without airlock") as caught:
        receipt.delay(7)
    assert (caught[0].filename, caught[0].lineno) == (
        __file__,
        test_a_warning_points_to_the_line.__code__.co_firstlineno + 3,
    )


def test_celery_logs_what_is_raised_and_sends(
    receipt: Any, broker: Memory | Redis, caplog: pytest.LogCaptureFixture
) -> None:
    airlock.configure(bypass="raise")
    with caplog.at_level(logging.ERROR, "celery.utils.dispatch.signal"):
        receipt.delay(7)
    assert "Write `airlock.enqueue(receipt, ...)` there" in caplog.text
    assert len(broker.messages()) == 1


def test_off_means_off(receipt: Any) -> None:
    before = signals.before_task_publish.has_listeners()
    airlock.configure(bypass="raise")
    airlock.configure(bypass="raise")
    assert signals.before_task_publish.has_listeners()
    airlock.configure(bypass="ignore")
    assert signals.before_task_publish.has_listeners() is before
    with warnings.catch_warnings():
        receipt.delay(7)


class Worked:
    """The tasks of an app with a worker in a thread of this process, and what they have done."""

    def __init__(self, app: Celery) -> None:
        self.done: list[str] = []

        def task(function: Any, **options: Any) -> Any:
            return app.task(name=f"shop.{function.__name__}", shared=False, **options)(function)

        def note(*args: Any) -> None:
            self.done.append("note")

        def bare() -> None:
            self.note.delay()

        def scoped() -> None:
            self.note.delay()

        def bare_after_retry(self_: Any) -> None:
            if not self_.request.retries:
                raise self_.retry(countdown=0)
            self.note.delay()

        def retried(self_: Any) -> None:
            self.done.append("retried")
            if not self_.request.retries:
                raise self_.retry(countdown=0)

        def autoretried(self_: Any) -> None:
            self.done.append("autoretried")
            if not self_.request.retries:
                raise KeyError("again")

        def replaced(self_: Any) -> None:
            self.done.append("replaced")
            raise self_.replace(self.note.s())

        self.note = task(note)
        self.bare, self.scoped = task(bare), task(scoped, base=AirlockTask)
        self.bare_after_retry, self.retried = task(bare_after_retry, bind=True), task(retried, bind=True)
        self.replaced = task(replaced, bind=True)
        self.autoretried = task(autoretried, bind=True, autoretry_for=(KeyError,), retry_kwargs={"countdown": 0})

    def run(self, signature: Any, events: int) -> list[Bypass]:
        """Send by airlock, and return what was reported until so many things have happened."""
        self.done.clear()
        with collect() as found:
            with airlock.Scope(executor=celery_executor):
                airlock.enqueue(signature)
            assert wait_until(lambda: len(self.done) == events)
        return found


@pytest.fixture(scope="module")
def worked() -> Iterator[Worked]:
    app = Celery("worked", broker="memory://", backend="cache+memory://", set_as_current=False)
    app.conf.task_default_queue = "airlock-bypass"
    worked = Worked(app)
    default, current = _state.default_app, _state._tls.current_app
    # Whoever listens to it sets up logging, instead of Celery.
    signals.setup_logging.connect(_leave_as_it_is)
    try:
        with start_worker(app, perform_ping_check=False, shutdown_timeout=30):
            yield worked
    finally:
        signals.setup_logging.disconnect(_leave_as_it_is)
        _state.set_default_app(default)
        _state._tls.current_app = current


def _leave_as_it_is(**_: Any) -> None:
    """Set up no logging."""


@pytest.mark.parametrize("name", ["retried", "autoretried", "replaced"])
def test_a_task_that_is_tried_again_or_replaced_is_not_reported(worked: Worked, name: str) -> None:
    assert worked.run(getattr(worked, name), 2) == []


def test_the_rest_of_a_workflow_is_not_reported(worked: Worked) -> None:
    note = worked.note
    linked = note.s()
    linked.link(note.s())
    assert worked.run(chain(note.s(), note.s(), note.s()), 3) == []
    assert worked.run(linked, 2) == []
    assert worked.run(chord([note.s(), note.s()], note.s()), 3) == []


@pytest.mark.parametrize("name", ["bare", "bare_after_retry", "scoped"])
def test_what_a_task_sends_in_a_worker_is_reported(worked: Worked, name: str) -> None:
    (bypass,) = worked.run(getattr(worked, name), 1)
    assert bypass.task == "shop.note"
    assert bypass.origin.function.rpartition(".")[2] == name


@pytest.mark.parametrize("protocol", [1, 2])
def test_a_message_of_a_task_that_has_run_before_is_not_reported(memory: Memory, protocol: int) -> None:
    memory.app.conf.task_protocol = protocol
    task = receipt_of(memory.app)
    with collect() as found:
        task.apply_async((7,), retries=1)
        assert found == []
        task.apply_async((7,))
    assert [bypass.task for bypass in found] == ["shop.receipt"]


def test_what_is_added_to_a_chord_is_not_reported(memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    task = receipt_of(memory.app)
    monkeypatch.setattr(task.backend, "add_to_chord", lambda *_: None)
    task.push_request(group="group", chord=task.s())
    try:
        with collect() as found:
            task.add_to_chord(task.s(1))
    finally:
        task.pop_request()
    assert found == []
    assert len(memory.messages()) == 1


def test_what_beat_sends_is_not_reported(memory: Memory) -> None:
    task = receipt_of(memory.app)
    memory.app.conf.beat_schedule = {"receipt": {"task": task.name, "schedule": 0.0}}
    with collect() as found:
        tick(memory.app)
    assert found == []
    assert len(memory.messages()) == 1


def tick(app: Celery) -> None:
    from celery.beat import Scheduler

    scheduler = Scheduler(app=app)
    (entry,) = (entry for entry in scheduler.schedule.values() if entry.task == "shop.receipt")
    scheduler.apply_async(entry)
