"""What a task is, under which name, and what happens where none is sent."""

import subprocess
import sys

import huey
import pytest
from huey_suites.queues import in_memory

import airlock
from airlock.integrations.executors.huey import huey_executor
from airlock.integrations.executors.sync import sync_executor


@pytest.fixture
def queue():
    return huey.MemoryHuey("tasks", immediate=False)


@pytest.fixture
def ran():
    return []


@pytest.fixture
def send(queue, ran):
    @queue.task()
    def send(*args, **kwargs):
        ran.append((args, kwargs))
        return "sent"

    return send


def test_a_task_without_a_name_of_its_own_is_named_after_its_function(send):
    intent = airlock.Intent(send)
    assert (intent.name, send.name) == ("send", None)
    assert intent.qualified_name == f"{__name__}:send.<locals>.send"


def test_a_policy_blocks_a_task_by_its_name_and_by_itself(queue, send):
    for spelling in ("send", send):
        with airlock.scope(airlock.BlockTasks({spelling}), executor=huey_executor):
            airlock.enqueue(send, 1)
    assert in_memory(queue) == []


def test_a_task_with_a_name_goes_by_it(queue):
    @queue.task(name="deliver")
    def send(): ...

    with airlock.scope(airlock.AllowTasks({"deliver"}), executor=huey_executor):
        intent = airlock.enqueue(send)
    assert intent.name == "deliver"
    assert [message.name for message in in_memory(queue)] == ["deliver"]


def test_a_task_outside_any_scope_is_named_in_the_error(send):
    with pytest.raises(airlock.NoScopeError, match="send"):
        airlock.enqueue(send, 1)


def test_the_executor_does_not_import_huey():
    program = (
        "import sys; from airlock.integrations.executors.huey import huey_executor;"
        "assert not huey_executor.accepts(print); assert huey_executor.unavailable == (OSError,);"
        "print([name for name in sys.modules if name.startswith('huey')])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_executor_is_found_by_its_short_name(queue, send):
    with airlock.scope(executor="huey"):
        airlock.enqueue(send, 1)
    assert [message.args for message in in_memory(queue)] == [(1,)]


def test_the_class_of_a_task_is_no_task(send):
    assert huey_executor.accepts(send)
    assert not huey_executor.accepts(send.task_class)


def test_sync_runs_a_task_here_and_sends_nothing(queue, send, ran):
    with airlock.scope(executor=sync_executor) as scope:
        intent = airlock.options(delay=60).enqueue(send, "u", priority=9, id="42")
    assert ran == [(("u",), {"priority": 9, "id": "42"})]
    assert scope.results[intent] == "sent"
    assert in_memory(queue) == []


def test_sync_gives_a_task_with_context_its_instance(queue):
    @queue.task(context=True)
    def show(number, task):
        return number, task.id

    with airlock.scope(executor=sync_executor) as scope:
        intent = airlock.enqueue(show, 1)
    assert scope.results[intent] == (1, str(intent.id))


def test_an_argument_named_task_is_refused_where_huey_would_replace_it(queue):
    @queue.task(context=True)
    def show(task): ...

    with pytest.raises(airlock.InvalidIntentError, match=r"show.*'task' from Huey"):
        with airlock.scope(executor=huey_executor):
            airlock.enqueue(show, task=1)
    assert in_memory(queue) == []


def test_a_task_that_was_unregistered_is_refused(queue, send):
    send.unregister()
    with pytest.raises(airlock.InvalidIntentError, match="not found in TaskRegistry"):
        with airlock.scope(executor=huey_executor):
            airlock.enqueue(send, 1)


@pytest.mark.parametrize("value", [lambda: None, (n for n in "ab"), sys._getframe()], ids=type)
def test_whatever_pickle_raises_names_the_argument(send, value):
    with pytest.raises(airlock.InvalidIntentError, match=r"send.*argument 'second'"):
        with airlock.scope(executor=huey_executor):
            airlock.enqueue(send, 1, second=value)


def test_a_huey_without_results_returns_none():
    queue = huey.MemoryHuey("none", immediate=False, results=False)

    @queue.task()
    def send(): ...

    with airlock.scope(executor=huey_executor) as scope:
        intent = airlock.enqueue(send)
    assert scope.dispatched == [intent]
    assert scope.results[intent] is None
    assert len(in_memory(queue)) == 1
