"""Putting a Huey's tasks in scopes, and taking them out again."""

from typing import Any

import huey
import pytest
from huey.signals import SIGNAL_ERROR

import airlock
from airlock.integrations.huey import install, uninstall

sent: list[str] = []


@pytest.fixture(autouse=True)
def _record():
    sent.clear()
    airlock.configure(executor=lambda intent: sent.append(intent.name))
    yield
    airlock.reset_configuration()


def make_huey(**settings: Any) -> Any:
    return huey.MemoryHuey("units", **{"immediate": False, **settings})


def work_off(queue: Any) -> None:
    """Do what a worker does with what is in the queue."""
    while queue.pending_count():
        queue.execute(queue.dequeue())


def child() -> None: ...


def pay(order: int, error: bool = False) -> int:
    """Pay an order."""
    airlock.enqueue(child)
    if error:
        raise KeyError(order)
    return order


def test_tasks_made_before_and_after_have_scopes():
    queue = make_huey()
    before = queue.task(name="before")(pay)
    install(queue)
    after = queue.task(name="after")(pay)
    results = [before(1), after(2)]
    work_off(queue)
    assert ([result.get() for result in results], sent) == ([1, 2], ["child", "child"])


def test_installing_twice_is_an_error_that_names_the_huey():
    queue = make_huey()
    install(queue)
    with pytest.raises(airlock.UsageError, match=r"MemoryHuey\('units'\) has airlock's scopes already"):
        install(queue)


def test_uninstalling_what_is_not_installed_is_an_error():
    queue = make_huey()
    with pytest.raises(airlock.UsageError, match=r"does not have airlock's scopes: call install\(\) first"):
        uninstall(queue)
    install(queue)
    uninstall(queue)
    with pytest.raises(airlock.UsageError, match=r"call install\(\) first"):
        uninstall(queue)


def test_after_uninstalling_tasks_have_no_scopes():
    queue = make_huey()
    task = queue.task()(pay)
    install(queue)
    uninstall(queue)
    result = task(1)
    work_off(queue)
    with pytest.raises(huey.exceptions.TaskException, match="NoScopeError"):
        result.get()


def test_uninstalling_leaves_the_huey_as_it_was():
    def state(queue: Any) -> dict[str, Any]:
        return {name: dict(value) for name, value in vars(queue).items() if isinstance(value, dict)}

    queue = make_huey()
    before = state(queue)
    install(queue)
    assert state(queue) != before
    uninstall(queue)
    assert state(queue) == before


def test_it_can_be_installed_again():
    queue = make_huey()
    task = queue.task()(pay)
    install(queue)
    uninstall(queue)
    install(queue)
    task(1)
    work_off(queue)
    assert sent == ["child"]


def test_another_huey_is_not_concerned():
    with_scopes, without = make_huey(), make_huey()
    install(with_scopes)
    tasks = [queue.task(name="pay")(pay) for queue in (with_scopes, without)]
    results = [task(1) for task in tasks]
    work_off(with_scopes)
    work_off(without)
    assert (results[0].get(), sent) == (1, ["child"])
    with pytest.raises(huey.exceptions.TaskException, match="NoScopeError"):
        results[1].get()
    with pytest.raises(airlock.UsageError, match="call install"):
        uninstall(without)


@pytest.mark.parametrize("wrong", [None, "units", huey.MemoryHuey, make_huey().task(name="task")(pay)])
@pytest.mark.parametrize("call", [install, uninstall])
def test_anything_but_a_huey_is_refused(call, wrong):
    with pytest.raises(TypeError, match="for tasks of a Huey, such as RedisHuey"):
        call(wrong)


def test_a_huey_of_a_class_of_its_own_is_one():
    class Mine(huey.MemoryHuey):
        pass

    queue = Mine("mine", immediate=False)
    install(queue)
    queue.task()(pay)(1)
    work_off(queue)
    assert sent == ["child"]


def test_hooks_of_others_stay():
    queue, seen = make_huey(), []
    queue.pre_execute("mine")(lambda task: seen.append("before"))
    queue.on_startup("mine")(lambda: None)
    install(queue)
    uninstall(queue)
    queue.task()(pay)(1, error=True)
    work_off(queue)
    assert seen == ["before"]
    assert queue.unregister_on_startup("mine")


def test_the_message_of_a_task_that_is_tried_again_has_nothing_of_it():
    messages = []
    for scoped in (False, True):
        queue = make_huey()
        if scoped:
            install(queue)
        task = queue.task(name="pay")(pay).task_class((1, True), id="1", retries=1)
        queue.enqueue(task)
        queue.execute(queue.dequeue())
        (waiting,) = queue.storage.enqueued_items()
        messages.append(waiting)
    assert messages[0] == messages[1]


@pytest.mark.parametrize("first", ["airlock", "tracing"])
def test_what_traces_a_task_in_the_same_place_stays_there(first):
    queue, traced = make_huey(immediate=True), []

    def trace(task: Any) -> None:
        run = task.execute

        def execute() -> Any:
            traced.append(airlock.get_current_scope() is None)
            return run()

        if not hasattr(task, "is_traced"):
            task.execute, task.is_traced = execute, True

    for name in (first, {"airlock": "tracing", "tracing": "airlock"}[first]):
        install(queue) if name == "airlock" else queue.pre_execute("tracing")(trace)
    queue.task(retries=1)(pay)(1, error=True)
    assert sent == []
    # Whatever wraps a task before airlock does is in its scope, and there for every attempt of the same object.
    assert traced == ([False, False] if first == "tracing" else [True])


def test_a_task_that_a_later_hook_cancels_leaves_nothing_open():
    queue = make_huey()
    install(queue)

    @queue.pre_execute("mine")
    def refuse(task: Any) -> None:
        raise huey.CancelExecution

    queue.task()(pay)(1)
    work_off(queue)
    assert (airlock.get_current_scope(), sent) == (None, [])


def test_the_error_of_a_flush_is_what_huey_tells():
    def refuse(_: airlock.Intent) -> None:
        raise ConnectionError("no broker")

    airlock.configure(executor=refuse)
    queue, told = make_huey(), []
    install(queue)
    queue.signal(SIGNAL_ERROR)(lambda signal, task, error: told.append(repr(error)))
    result = queue.task()(pay)(1)
    work_off(queue)
    assert told == ["ConnectionError('no broker')"]
    with pytest.raises(huey.exceptions.TaskException, match="no broker"):
        result.get()
