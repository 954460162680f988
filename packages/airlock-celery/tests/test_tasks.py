"""What is a Celery task, what is sent for it, and what happens when it is performed instead."""

import subprocess
import sys
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import celery
import pytest
from celery.result import AsyncResult
from celery_support.apps import make_app
from celery_support.brokers import Memory

import airlock
from airlock import Intent, InvalidIntentError, Scope
from airlock.integrations.executors.auto import auto_executor
from airlock.integrations.executors.celery import celery_executor
from airlock.integrations.executors.sync import sync_executor

MOMENT = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture
def broker(memory: Memory) -> Memory:
    return memory


@pytest.fixture
def add(broker: Memory) -> Any:
    @broker.app.task(name="shop.add", shared=False)
    def add(x: Any, y: Any = 0) -> Any:
        return x + y

    return add


def nothing() -> str:
    return "done"


def take(value: object) -> None: ...


def selfish(self: object) -> object:
    return self


class Scaled(celery.Task):
    """A task that is a class."""

    name = "shop.scaled"

    def run(self, value: int, factor: int = 2) -> int:
        return value * factor


def test_it_takes_tasks_however_they_were_made(broker: Memory, add: Any) -> None:
    @celery.shared_task(name="shop.shared")
    def shared() -> None: ...

    tasks = [add, shared, broker.app.register_task(Scaled()), broker.app.tasks["shop.add"]]
    assert [celery_executor.accepts(task) for task in tasks] == [True] * 4


def test_it_takes_signatures_and_canvas_objects(add: Any) -> None:
    signatures = [
        add.s(1),
        add.si(1),
        celery.chain(add.s(1), add.s(2)),
        celery.group(add.s(1)),
        celery.chord([add.s(1)], add.s()),
        add.chunks([(1, 2)], 1),
        add.map([1]),
    ]
    assert [celery_executor.accepts(signature) for signature in signatures] == [True] * 7


@pytest.mark.parametrize("other", [print, lambda: None, "shop.add", {"task": "shop.add"}, object(), Scaled])
def test_it_takes_nothing_else(other: object, add: Any) -> None:
    assert not celery_executor.accepts(other)


def test_routing_does_not_import_celery() -> None:
    program = """
import sys, airlock
from airlock.integrations.executors.auto import auto_executor
from airlock.integrations.executors.celery import celery_executor
assert not celery_executor.accepts(print)
auto_executor(airlock.Intent(print, ("performed",)))
sys.exit(any(name.partition(".")[0] in ("amqp", "celery", "kombu") for name in sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "performed\n"), done.stderr


def test_auto_sends_tasks_and_signatures(broker: Memory, add: Any) -> None:
    with Scope(executor=auto_executor):
        airlock.enqueue(add, 1)
        airlock.enqueue(add.s(2))
    assert [message.args for message in broker.queued()] == [(1,), (2,)]


def test_the_result_is_the_async_result_of_the_message(broker: Memory, add: Any) -> None:
    with Scope(executor=celery_executor) as scope:
        intent = airlock.enqueue(add, 1)
    result = scope.results[intent]
    assert isinstance(result, AsyncResult)
    assert result.id == str(intent.id) == broker.queued()[0].id


def test_an_id_that_is_given_wins(broker: Memory, add: Any) -> None:
    with Scope(executor=celery_executor):
        airlock.options(task_id="mine").enqueue(add, 1)
        airlock.options(task_id=None).enqueue(add, 2)
    mine, made = (message.id for message in broker.queued())
    assert mine == "mine"
    assert made not in (None, "mine")


def test_arguments_that_do_not_fit_are_an_error_before_anything_is_sent(broker: Memory, add: Any) -> None:
    with pytest.raises(InvalidIntentError, match=r"celery_executor cannot send add\(\): TypeError: add\(\) missing"):
        with Scope(executor=celery_executor):
            airlock.enqueue(add, 1)
            airlock.enqueue(add)
    assert broker.queued() == []


def test_a_task_without_typing_takes_any_arguments(broker: Memory) -> None:
    task = broker.app.task(name="shop.loose", shared=False, typing=False)(nothing)
    celery_executor(Intent(task, (1, 2)))
    assert broker.queued()[0].args == (1, 2)


def test_a_serializer_of_the_task_is_the_one_that_judges(broker: Memory) -> None:
    task = broker.app.task(name="shop.pickled", shared=False, serializer="pickle")(take)
    celery_executor(Intent(task, ({1, 2},)))
    with pytest.raises(InvalidIntentError, match="argument 'value' is"):
        celery_executor(Intent(task, (lambda: None,)))
    assert len(broker.messages()) == 1


def test_an_unknown_serializer_is_an_error(add: Any) -> None:
    with pytest.raises(InvalidIntentError, match="No encoder installed for xml"):
        celery_executor(Intent(add, (1,), {}, {"serializer": "xml"}))


def test_what_celery_makes_json_of_goes_through(broker: Memory, add: Any) -> None:
    values = [MOMENT, MOMENT.replace(tzinfo=None), uuid4(), "\ud800", 1.5]
    celery_executor(Intent(add, (values,)))
    assert broker.queued()[0].args == (values,)


def test_a_task_that_converts_its_arguments_itself_is_left_to_it(broker: Memory) -> None:
    class Converting(celery.Task):
        name = "shop.converting"

        def run(self, value: object) -> None: ...

        def apply_async(self, args: Any = None, kwargs: Any = None, **options: Any) -> Any:
            return super().apply_async([sorted(arg) for arg in args], kwargs, **options)

    celery_executor(Intent(broker.app.register_task(Converting()), ({2, 1},)))
    assert broker.queued()[0].args == ([1, 2],)


def test_what_a_task_raises_when_it_is_sent_names_its_intent(broker: Memory, add: Any) -> None:
    class Locked(celery.Task):
        name = "shop.locked"

        def apply_async(self, *_: Any, **__: Any) -> Any:
            raise KeyError("locked")

    locked = Intent(broker.app.register_task(Locked()))
    with pytest.raises(KeyError) as caught:
        list(celery_executor.dispatch_many([Intent(add, (1,)), locked, Intent(add, (2,))]))
    assert vars(caught.value)["intent"] is locked
    assert [message.args for message in broker.queued()] == [(1,)]


def test_eager_tasks_run_when_the_scope_ends(broker: Memory, add: Any) -> None:
    broker.app.conf.task_always_eager = True
    with Scope(executor=celery_executor) as scope:
        intent = airlock.enqueue(add, 1, 2)
        assert scope.results == {}
    assert scope.results[intent].get() == 3
    assert scope.results[intent].id == str(intent.id)
    assert broker.queued() == []


def test_an_eager_app_needs_no_broker() -> None:
    app = make_app("redis://127.0.0.1:1/0")
    app.conf.task_always_eager = True
    assert celery_executor(Intent(app.task(name="shop.eager", shared=False)(nothing))).get() == "done"


def test_sync_runs_a_task_here(broker: Memory, add: Any) -> None:
    assert sync_executor(Intent(add, (1,), {"y": 2}, {"countdown": 60})) == 3
    assert broker.queued() == []


def test_sync_gives_a_bound_task_itself(broker: Memory) -> None:
    @broker.app.task(name="shop.bound", shared=False, bind=True)
    def bound(self: Any, value: int) -> tuple[str, int, bool]:
        return self.name, value, self.request.called_directly

    assert sync_executor(Intent(bound, (5,))) == ("shop.bound", 5, True)


def test_sync_runs_a_task_with_an_argument_named_self(broker: Memory) -> None:
    task = broker.app.task(name="shop.selfish", shared=False)(selfish)
    assert sync_executor(Intent(task, (), {"self": "mine"})) == "mine"


def test_sync_runs_signatures_and_canvas_objects_here(broker: Memory, add: Any) -> None:
    tasks = [add.s(1), celery.chain(add.s(1, 1), add.s(10)), celery.group(add.s(1), add.s(2))]
    assert [sync_executor(Intent(task, (5,) if task is tasks[0] else ())) for task in tasks] == [6, 12, [1, 2]]
    assert broker.queued() == []


def test_sync_lets_errors_of_a_signature_through(broker: Memory, add: Any) -> None:
    with pytest.raises(TypeError, match="unsupported operand"):
        sync_executor(Intent(add.s(1, "2")))
