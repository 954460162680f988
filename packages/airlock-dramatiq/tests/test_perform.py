"""What `sync` does with the tasks of Dramatiq: it runs them here, as a worker would."""

import asyncio

import dramatiq
import pytest
from dramatiq import GenericActor, group, pipeline
from dramatiq_support import actors, queues

import airlock
from airlock import Scope
from airlock.integrations.executors.sync import sync_executor


@pytest.fixture
def broker():
    return actors.stub_broker()


@pytest.fixture
def add(broker):
    return actors.actor_of(broker, plus)


@pytest.fixture
def later(broker):
    return actors.actor_of(broker, plus_later)


def plus(x, y=0):
    return x + y


async def plus_later(x, y=0):
    await asyncio.sleep(0)
    return x + y


def perform(task, *args):
    with Scope(executor=sync_executor) as scope:
        airlock.enqueue(task, *args)
    return list(scope.results.values())


async def aperform(*tasks):
    async with Scope(executor=sync_executor) as scope:
        for task in tasks:
            airlock.enqueue(task)
    return list(scope.results.values())


def test_an_actor_is_called(broker, add):
    assert perform(add, 1, 2) == [3]
    assert queues.in_stub(broker) == []


def test_dispatch_options_are_ignored(broker, add):
    with Scope(executor=sync_executor) as scope:
        airlock.options(delay=60_000, max_retries=1).enqueue(add, 1)

    assert list(scope.results.values()) == [1]


def test_an_actor_that_was_written_as_a_class_is_called():
    class Greet(GenericActor):
        class Meta:
            broker = actors.stub_broker()

        def perform(self, who):
            return f"hello {who}"

    assert perform(Greet, "world") == ["hello world"]


def test_a_coroutine_function_is_run_to_its_end(later):
    assert perform(later, 1, 2) == [3]


def test_a_coroutine_function_is_awaited_where_a_loop_is_running(later):
    assert asyncio.run(aperform(pipeline([later.message(1), later.message(2)], broker=later.broker))) == [3]


def test_where_a_loop_is_running_only_async_with_can_wait(later):
    async def work():
        perform(later, 1)

    with pytest.raises(airlock.UsageError, match="async with"):
        asyncio.run(work())


def test_what_does_not_wait_runs_where_a_loop_is_running(add):
    async def work():
        return perform(add, 1, 2)

    assert asyncio.run(work()) == [3]


def test_each_step_of_a_pipeline_gets_the_result_of_the_one_before(broker, add, later):
    steps = pipeline([add.message(1), later.message(10), add.message(100)], broker=broker)

    assert perform(steps) == [111]


def test_a_step_that_ignores_results_does_not_get_one(broker, add):
    steps = pipeline(
        [add.message(1), add.message_with_options(args=(10,), pipe_ignore=True), add.message(100)], broker=broker
    )

    assert perform(steps) == [110]


def test_a_step_after_an_actor_that_ignores_results_does_not_get_one(broker, add):
    first = dramatiq.actor(lambda: 1, broker=broker, actor_name="first", pipe_ignore=True)

    assert perform(pipeline([first.message(), add.message(10)], broker=broker)) == [10]


def test_each_member_of_a_group_is_run(broker, add):
    jobs = group(
        [
            add.message(1),
            pipeline([add.message(1), add.message(1)], broker=broker),
            group([add.message(3)], broker=broker),
        ],
        broker=broker,
    )

    assert perform(jobs) == [[1, 2, [3]]]


def test_the_callback_of_a_group_is_run_after_its_members(broker):
    ran = []
    note = dramatiq.actor(lambda value: ran.append(value), broker=broker, actor_name="note")
    jobs = group([note.message(1), note.message(2)], broker=broker)
    jobs.add_completion_callback(note.message("all done"))

    perform(jobs)

    assert ran == [1, 2, "all done"]


def test_what_a_task_raises_is_raised(broker, add):
    with pytest.raises(TypeError, match="can only concatenate"):
        perform(pipeline([add.message(1), add.message("x")], broker=broker))
