"""Tasks that have their arguments already: alone, in pipelines, in groups and in chords."""

import pickle

import huey
import pytest
from huey_suites.consumers import consumer_threads
from huey_suites.queues import in_memory, in_sqlite, sqlite_huey

import airlock
from airlock.integrations.executors.huey import huey_executor
from airlock.integrations.executors.sync import sync_executor

queue = huey.MemoryHuey("pipelines", immediate=False)


@queue.task()
def add(left, right, extra=0):
    return left + right + extra


@queue.task(name="sum_of")
def add_up(numbers):
    return sum(numbers)


@queue.task(context=True)
def describe(number, task):
    return f"{number} in {task.name}"


@queue.task()
def fail(number):
    raise ValueError(number)


@pytest.fixture(autouse=True)
def empty():
    queue.flush()
    yield
    queue.flush()


def flush(task, *args, _options=None, _executor=huey_executor, **kwargs):
    with airlock.scope(executor=_executor) as scope:
        intent = airlock.enqueue(task, *args, _dispatch_options=_options or {}, **kwargs)
    return scope.results[intent]


def refuse(task, *args, _options=None, **kwargs):
    with pytest.raises(airlock.InvalidIntentError) as caught:
        flush(task, *args, _options=_options, **kwargs)
    assert in_memory(queue) == []
    return str(caught.value)


class TestTasks:
    def test_a_task_with_its_arguments_is_sent(self):
        intent = airlock.Intent(add.s(1, 2))
        assert huey_executor(intent).id == str(intent.id)
        assert [(message.name, message.args, message.id) for message in in_memory(queue)] == [
            ("add", (1, 2), str(intent.id))
        ]

    def test_it_can_be_enqueued_twice(self):
        task = add.s(1, 2)
        with airlock.scope(executor=huey_executor):
            intents = [airlock.enqueue(task), airlock.enqueue(task)]
        assert [message.id for message in in_memory(queue)] == [str(intent.id) for intent in intents]

    def test_further_arguments_come_behind_its_own(self):
        task = add.s(1)
        flush(task, 2, extra=3)
        (message,) = in_memory(queue)
        assert (message.args, message.kwargs) == ((1, 2), {"extra": 3})
        assert (task.args, task.kwargs) == ((1,), {})

    def test_an_argument_that_it_has_already_is_an_error(self):
        assert "has an argument 'extra' already" in refuse(add.s(1, 2, extra=3), extra=4)

    def test_options_are_those_of_its_first_task(self):
        flush(add.s(1, 2).then(add, 3), _options={"retries": 3, "priority": 5})
        (message,) = in_memory(queue)
        assert (message.options["retries"], message.options["priority"]) == (3, 5)

    def test_an_argument_that_cannot_be_serialised_is_an_error(self):
        assert "lambda" in refuse(add.s(1, lambda: None))

    def test_it_goes_by_the_name_of_its_task(self):
        with airlock.scope(airlock.BlockTasks({"sum_of"}), executor=huey_executor):
            intent = airlock.enqueue(add_up.s([1]))
        assert intent.name == "sum_of"
        assert in_memory(queue) == []


class TestPipelines:
    def test_a_pipeline_is_one_message(self):
        results = flush(add.s(1, 2).then(add, 3).then(add, 4))
        assert isinstance(results, huey.api.ResultGroup)
        (message,) = queue.pending()
        assert message.on_complete.on_complete.args == (4,)

    def test_it_runs_to_its_end(self):
        results = flush(add.s(1, 2).then(add, 3).then(add, 4))
        with consumer_threads(queue):
            assert results.get(blocking=True, timeout=10) == [3, 6, 10]

    def test_a_priority_further_down_is_checked_too(self):
        redis = huey.RedisHuey("none", host="127.0.0.1", port=1)

        @redis.task()
        def first(): ...

        @redis.task(priority=3)
        def second(): ...

        assert "no priorities" in refuse(first.s().then(second), _options={"huey": redis})

    def test_its_huey_is_found_through_the_module_of_its_task(self, tmp_path):
        other = sqlite_huey(tmp_path / "huey.db")

        @other.task()
        def local(): ...

        assert "airlock.options(huey=huey)" in refuse(local.s())
        flush(local.s(), _options={"huey": other})
        other.storage.close()
        assert [message.name for message in in_sqlite(tmp_path / "huey.db")] == ["local"]

    def test_the_wrong_huey_is_an_error(self):
        assert "not found in TaskRegistry" in refuse(add.s(1, 2), _options={"huey": huey.MemoryHuey("wrong")})

    def test_sync_runs_it_here_and_returns_its_end(self):
        task = add.s(1, 2).then(add, 3).then(describe)
        before = pickle.dumps(task.on_complete.args)
        assert flush(task, _executor=sync_executor) == "6 in describe"
        assert flush(task, _executor=sync_executor, extra=1) == "7 in describe"
        assert pickle.dumps(task.on_complete.args) == before
        assert in_memory(queue) == []

    def test_what_a_task_raises_reaches_the_caller_of_sync(self):
        with pytest.raises(ValueError, match="3"):
            flush(add.s(1, 2).then(fail).then(add, 1), _executor=sync_executor)


if hasattr(huey, "chord"):

    class TestGroupsAndChords:
        def test_each_task_of_a_group_is_a_message(self):
            results = flush(huey.group([add.s(1, 2), add.s(3, 4)]))
            assert isinstance(results, huey.api.ResultGroup)
            assert [message.args for message in in_memory(queue)] == [(1, 2), (3, 4)]

        def test_a_group_is_one_unit_with_its_neighbours(self, tmp_path):
            other = sqlite_huey(tmp_path / "huey.db")
            local = other.task()(add.func)
            statements = []
            other.storage.conn.set_trace_callback(statements.append)
            with airlock.scope(executor=huey_executor) as scope:
                airlock.enqueue(local, 1, 2)
                airlock.options(huey=other).enqueue(huey.group([local.s(3, 4), local.s(5, 6)]))
                airlock.enqueue(local, 7, 8)
            other.storage.close()
            assert len(scope.dispatched) == 3
            assert [message.args for message in in_sqlite(tmp_path / "huey.db")] == [(1, 2), (3, 4), (5, 6), (7, 8)]
            assert statements.count("begin exclusive") == 1

        def test_a_chord_runs_to_its_end(self):
            result = flush(huey.chord([add.s(1, 2), add.s(3, 4)], add_up.s()))
            with consumer_threads(queue):
                assert result.get(blocking=True, timeout=10) == 10

        def test_sync_runs_them_here(self):
            assert flush(huey.group([add.s(1, 2), add.s(3, 4)]), _executor=sync_executor) == [3, 7]
            assert flush(huey.group([add.s(1, 2), add.s(3, 4)]).then(add_up), _executor=sync_executor) == 10
            assert in_memory(queue) == []

        def test_an_argument_that_cannot_be_serialised_is_found_before_anything_is_sent(self):
            with pytest.raises(airlock.InvalidIntentError, match="lambda"):
                with airlock.scope(executor=huey_executor):
                    airlock.enqueue(add, 1, 2)
                    airlock.enqueue(huey.chord([add.s(1, 2), add.s(3, lambda: None)], add_up.s()))
            assert in_memory(queue) == []

        def test_arguments_and_options_are_for_its_tasks(self):
            group = huey.group([add.s(1, 2)])
            assert "a group takes no arguments" in refuse(group, 1)
            assert "a group takes no option 'delay'" in refuse(group, _options={"delay": 1})

        def test_an_empty_group_has_no_huey(self):
            assert "airlock.options(huey=huey)" in refuse(huey.group([]))
            assert len(flush(huey.group([]), _options={"huey": queue})) == 0
