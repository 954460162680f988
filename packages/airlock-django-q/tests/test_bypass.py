"""What is published without airlock is reported, and what the cluster publishes itself is not."""

from collections.abc import Iterator
from functools import partial
from importlib import import_module
from multiprocessing import Value
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from django_q.brokers import get_broker
from django_q.models import OrmQ, Schedule
from django_q.monitor import monitor
from django_q.queues import Queue
from django_q.scheduler import scheduler
from django_q.signals import pre_enqueue
from django_q.signing import SignedPackage
from django_q.tasks import Chain, async_iter, async_task
from django_q.worker import worker
from django_q_project import tasks
from django_q_project.backends import use_orm

import airlock
from airlock import BypassError, Intent, Scope
from airlock.integrations.bypass import BypassWarning, collect
from airlock.integrations.executors.django_q import _captured, django_q_executor

NOTE = f"{tasks.__name__}.note"
_packages: Any = import_module("airlock.integrations.executors.django_q._packages")


def bare() -> None:
    """Send without airlock."""
    async_task(NOTE, 1)


@pytest.fixture(autouse=True)
def _as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    use_orm(monkeypatch)
    OrmQ.objects.all().delete()
    yield
    airlock.configure(bypass="ignore")
    OrmQ.objects.all().delete()


def work() -> None:
    """Run what is queued, and what that queues."""
    broker = get_broker()
    while found := broker.dequeue():
        for key, payload in found:
            given, done = Queue(), Queue()
            given.put(SignedPackage.loads(payload) | {"ack_id": key})
            given.put("STOP")
            worker(given, done, Value("f", -1))
            done.put("STOP")
            monitor(done, broker)


def test_the_task_and_the_line_are_named() -> None:
    with collect() as found:
        async_task(tasks.note, 7)
    (bypass,) = found
    assert (bypass.backend, bypass.task) == ("django-q", NOTE)
    line = test_the_task_and_the_line_are_named.__code__.co_firstlineno + 2
    assert (bypass.origin.filename, bypass.origin.line) == (__file__, line)


@pytest.mark.parametrize(
    "send",
    [partial(async_task, NOTE, 1), partial(async_iter, NOTE, [1]), Chain([(NOTE, (1,))]).run],
    ids=["name", "iter", "chain"],
)
def test_whatever_way_it_is_sent(send: Any) -> None:
    def call() -> None:
        send()

    with collect() as found:
        call()
    assert [(bypass.task, bypass.origin.function.rpartition(".")[2]) for bypass in found] == [(NOTE, "call")]


def test_after_a_commit_the_end_of_the_transaction_is_named() -> None:
    with collect() as found, transaction.atomic():
        transaction.on_commit(partial(async_task, NOTE, 1))
    assert [bypass.origin.filename for bypass in found] == [__file__]


@pytest.mark.parametrize("way", ["ours", "captured"])
def test_what_airlock_sends_is_not_reported(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if way == "captured":
        monkeypatch.setattr(_packages, "pack", _captured.pack)
    airlock.configure(bypass="raise")
    with collect() as found, Scope(executor=django_q_executor):
        airlock.enqueue(tasks.note, 1)
        airlock.enqueue(tasks.note, 2)
    assert found == []
    assert OrmQ.objects.count() == 2


def test_what_is_only_prepared_is_not_reported() -> None:
    airlock.configure(bypass="raise")
    with collect() as found:
        django_q_executor.prepare_all([Intent(tasks.note, (1,))])
    assert found == []


def test_the_rest_of_a_chain_is_not_reported() -> None:
    with collect() as found:
        with Scope(executor=django_q_executor):
            airlock.options(chain=[(NOTE, (2,))]).enqueue(tasks.note, 1)
        before = OrmQ.objects.count()
        work()
    assert before == 1
    assert found == []


def test_what_a_schedule_sends_is_not_reported() -> None:
    Schedule.objects.create(func=NOTE, args="1", schedule_type=Schedule.ONCE, next_run=timezone.now())
    with collect() as found:
        scheduler(get_broker())
    assert found == []
    assert OrmQ.objects.count() == 1


def test_what_a_task_sends_in_a_worker_is_reported() -> None:
    with collect() as found:
        with Scope(executor=django_q_executor):
            airlock.enqueue(bare)
        work()
    assert [(bypass.task, bypass.origin.function) for bypass in found] == [(NOTE, "bare")]


def test_a_warning_points_to_the_line() -> None:
    airlock.configure(bypass="warn")
    with pytest.warns(BypassWarning, match="note was sent to django-q without airlock") as caught:
        async_task(tasks.note, 7)
    line = test_a_warning_points_to_the_line.__code__.co_firstlineno + 3
    assert (caught[0].filename, caught[0].lineno) == (__file__, line)


def test_it_raises_where_it_is_sent_and_nothing_is() -> None:
    airlock.configure(bypass="raise")
    with pytest.raises(BypassError, match=r"Write `airlock\.enqueue\(note, \.\.\.\)` there"):
        async_task(tasks.note, 7)
    assert not OrmQ.objects.exists()


def test_off_means_off() -> None:
    before = len(pre_enqueue.receivers)
    airlock.configure(bypass="raise")
    airlock.configure(bypass="raise")
    assert len(pre_enqueue.receivers) == before + 1
    airlock.configure(bypass="ignore")
    assert len(pre_enqueue.receivers) == before
    async_task(tasks.note, 7)
