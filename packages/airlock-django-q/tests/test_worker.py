"""What the functions of the cluster make of our packages, run here in their turn."""

from multiprocessing import Value
from typing import Any

import pytest
from django_q.brokers import get_broker
from django_q.models import OrmQ, Task
from django_q.monitor import monitor
from django_q.queues import Queue
from django_q.signing import SignedPackage
from django_q.worker import worker
from django_q_project import tasks
from django_q_project.backends import use_orm
from django_q_project.packages_seen import written

import airlock
from airlock import Intent
from airlock.integrations.executors.django_q import django_q_executor


@pytest.fixture(autouse=True)
def _empty(monkeypatch: pytest.MonkeyPatch) -> None:
    use_orm(monkeypatch)
    OrmQ.objects.all().delete()
    Task.objects.all().delete()
    written()


def drain() -> None:
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
            for queue in (given, done):
                queue.close()
                queue.join_thread()


def run(task: Any, *args: Any, **options: Any) -> Intent:
    with airlock.scope(executor=django_q_executor):
        intent = airlock.options(**options).enqueue(task, *args)
    drain()
    return intent


def test_a_task_is_recorded_under_the_id_of_its_intent_and_the_name_of_its_function() -> None:
    intent = run(tasks.note, 1)
    found = Task.objects.get(id=intent.id.hex)
    assert (found.func, found.args, found.result, found.success) == (
        "django_q_project.tasks.note",
        (1,),
        ((1,), {}),
        True,
    )
    assert OrmQ.objects.count() == 0


def test_parameters_with_the_names_of_options_get_their_arguments() -> None:
    with airlock.scope(executor=django_q_executor):
        airlock.enqueue(tasks.q_options, q_options=1, task_name=2, sync=3, broker=4)
    drain()
    assert Task.objects.get().result == [1, 2, 3, 4]


@pytest.mark.parametrize("hook", [tasks.on_result, "django_q_project.tasks.on_result"])
def test_a_hook_is_called_with_the_result(hook: Any) -> None:
    intent = run(tasks.note, 1, hook=hook, group="mine")
    assert written() == [f"hook of {intent.id.hex}: ((1,), {{}})"]
    assert Task.get_result_group("mine")[0] == ((1,), {})


def test_what_follows_in_a_chain_is_run() -> None:
    intent = run(tasks.write, "first", chain=[(tasks.write, ("second",)), (tasks.write, ("third",))])
    assert written() == ["first", "second", "third"]
    assert Task.get_group_count(intent.id.hex) == 3


def test_a_task_that_fails_is_recorded_as_failed() -> None:
    intent = run(tasks.fail, "no paper", ack_failure=True)
    found = Task.objects.get(id=intent.id.hex)
    assert not found.success
    assert "no paper" in found.result


def test_an_intent_that_was_sent_twice_is_recorded_once() -> None:
    intent = Intent(tasks.note, (1,))
    django_q_executor(intent)
    django_q_executor(intent)
    drain()
    assert [found.id for found in Task.objects.all()] == [intent.id.hex]
