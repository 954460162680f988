"""What one execution of a task is, in a worker, in immediate mode and by hand."""

import logging
from collections.abc import Callable
from typing import Any

import huey
import pytest
from huey_suites.consumers import consumer_threads
from huey_suites.units_app import add_tasks
from huey_suites.watching import wait_until, watched

import airlock
from airlock.integrations.huey import install

sent: list[Any] = []


@pytest.fixture(autouse=True)
def _record():
    sent.clear()
    airlock.configure(executor=lambda intent: sent.append(intent.name))
    yield
    airlock.reset_configuration()


@pytest.fixture
def queue():
    made = huey.MemoryHuey("units", immediate=False)
    install(made)
    return made


def child() -> None: ...


def pay(order: int, error: bool = False) -> int:
    airlock.enqueue(child)
    if error:
        raise KeyError(order)
    return order


def test_the_flush_comes_before_the_result_and_the_next_task_of_a_pipeline(queue):
    @queue.task()
    def after(_: int) -> None: ...

    airlock.configure(executor=lambda _: sent.append((queue.result_count(), queue.pending_count())))
    queue.enqueue(queue.task()(pay).s(1).then(after))
    queue.execute(queue.dequeue())
    assert sent == [(0, 0)]
    assert (queue.result_count(), queue.pending_count()) == (1, 1)


def test_a_task_whose_flush_fails_is_tried_again_and_goes_no_further(queue):
    done: list[str] = []

    def refuse_twice(intent: airlock.Intent) -> None:
        done.append("flush")
        if len(done) < 3:
            raise ConnectionError

    @queue.task()
    def after(order: int) -> None:
        done.append(f"after {order}")

    airlock.configure(executor=refuse_twice)
    task = queue.task(retries=2)(pay).s(1).then(after)
    queue.enqueue(task)
    with consumer_threads(queue):
        assert wait_until(lambda: len(done) == 4)
    assert done == ["flush", "flush", "flush", "after 1"]


def test_a_worker_thread_keeps_nothing_from_task_to_task(queue):
    found: list[Any] = []

    @queue.task()
    def look(error: bool) -> None:
        scope = airlock.get_current_scope()
        assert scope is not None
        found.append((scope.parent, list(scope.intents)))
        pay(1, error)

    for error in (True, False, True, False):
        look(error)
    with consumer_threads(queue):
        assert wait_until(lambda: len(found) == 4 and len(sent) == 2)
    assert found == [(None, [])] * 4


def test_a_scope_of_its_own_under_the_decorator_is_part_of_the_execution(queue):
    @queue.task()
    @airlock.scoped(airlock.BlockTasks({child}))
    def quiet() -> None:
        airlock.enqueue(child)
        airlock.enqueue(pay, 1)

    quiet()
    queue.execute(queue.dequeue())
    assert sent == ["pay"]


def test_one_task_alone_may_have_a_scope():
    queue = huey.MemoryHuey("units", immediate=False)
    task = queue.task(retries=1)(airlock.scoped()(pay))
    task(1)
    task(2, error=True)
    with consumer_threads(queue):
        assert wait_until(lambda: not queue.pending_count())
    assert sent == ["child"]


BY_HAND: list[Callable[[Any, Any], Any]] = [
    lambda queue, task: task.call_local(7),
    lambda queue, task: queue.execute(task.s(7)),
]


@pytest.mark.parametrize("call", BY_HAND, ids=["call_local", "execute"])
def test_a_task_that_is_called_by_hand_is_part_of_the_work_around_it(call, queue, caplog):
    task = queue.task()(pay)
    with airlock.scope() as scope:
        assert call(queue, task) == 7
        assert sent == []
    assert [intent.name for intent in scope.dispatched] == sent == ["child"]
    assert not [record for record in caplog.records if record.name == "airlock"]


def test_a_task_that_is_called_by_hand_outside_any_scope_says_so(queue):
    with pytest.raises(airlock.NoScopeError):
        queue.task()(pay).call_local(7)


def test_in_immediate_mode_a_task_is_a_unit_of_work(queue):
    queue.immediate = True
    task = queue.task()(pay)
    assert (task(7).get(), sent) == (7, ["child"])
    task(8, error=True)
    assert sent == ["child"]


def test_in_immediate_mode_a_task_is_part_of_the_work_around_it(queue):
    queue.immediate = True
    task = queue.task()(pay)
    with airlock.scope() as scope:
        airlock.enqueue(child)
        task(7)
        task(8, error=True)
        assert sent == []
    assert [intent.name for intent in scope.dispatched] == ["child", "child"]
    assert len(scope.captured_intents) == 1
    with pytest.raises(ZeroDivisionError), airlock.scope():
        task(7)
        _ = 1 / 0
    assert sent == ["child", "child"]


def test_in_immediate_mode_each_attempt_has_a_scope(queue):
    queue.immediate = True
    attempts: list[int] = []

    @queue.task(retries=2)
    def tried() -> int:
        airlock.enqueue(child)
        attempts.append(len(attempts))
        if len(attempts) < 3:
            raise KeyError
        return len(attempts)

    assert (tried().get(), attempts, sent) == (3, [0, 1, 2], ["child"])


def test_a_task_that_runs_while_a_scope_sends_it_is_a_unit_of_its_own(queue):
    queue.immediate = True
    task = queue.task()(pay)
    airlock.configure(executor="auto")
    done: list[int] = []
    queue.task(name="note")(done.append)

    @queue.task()
    def fan_out() -> None:
        airlock.enqueue(task, 7)
        airlock.enqueue(done.append, 7)

    with airlock.scope():
        airlock.enqueue(fan_out)
        assert done == []
    assert done == [7]


def test_a_task_that_runs_at_once_in_a_worker_is_part_of_the_task_around_it(queue, caplog):
    inner = huey.MemoryHuey("inner", immediate=True)
    install(inner)
    task = inner.task()(pay)

    @queue.task()
    def outer(error: bool) -> None:
        task(7)
        if error:
            raise KeyError

    outer(True)
    outer(False)
    with consumer_threads(queue):
        assert wait_until(lambda: sent)
    assert sent == ["child"]
    assert not [record for record in caplog.records if record.name == "airlock"]


def test_a_task_that_leaves_a_scope_open_fails_and_the_scope_is_closed(queue):
    @queue.task()
    def leaking() -> None:
        airlock.scope().enter()

    result = leaking()
    queue.execute(queue.dequeue())
    with pytest.raises(huey.exceptions.TaskException, match="inside it is still open"):
        result.get()
    assert airlock.get_current_scope() is None


@pytest.mark.parametrize("kind", ["thread", "process", "greenlet"])
def test_a_scope_that_was_left_open_in_a_worker_is_reported_and_closed(kind, tmp_path):
    with watched("sqlite", tmp_path) as side:
        tasks = add_tasks(side.huey)
        with side.consumer("units_app", kind):
            tasks.leak("leak")
            tasks.work("next")
            assert side.wait_for("next", 1) == ["effect"]
        assert side.says("A Scope was still open when the task huey_suites.units_app.work started, and is closed now.")


def test_a_local_policy_that_was_left_in_force_is_reported(queue, caplog):
    @queue.on_startup()
    def leave() -> None:
        airlock.policy(airlock.DropAll()).__enter__()

    queue.task()(pay)(7)
    with caplog.at_level(logging.ERROR, "airlock"), consumer_threads(queue):
        assert wait_until(lambda: sent)
    assert sent == ["child"]
    assert "a local policy" in caplog.text.lower()


def test_a_generation_of_tasks_fans_out_whole_or_not_at_all(queue):
    airlock.configure(executor="huey")
    done: list[int] = []

    @queue.task()
    def bill(customer: int) -> None:
        done.append(customer)

    @queue.task()
    def bill_all(customers: list[int]) -> None:
        for customer in customers:
            if not customer:
                raise ValueError(customer)
            airlock.enqueue(bill, customer)

    bill_all([1, 0])
    bill_all([2, 3])
    with consumer_threads(queue):
        assert wait_until(lambda: len(done) == 2)
    assert sorted(done) == [2, 3]
