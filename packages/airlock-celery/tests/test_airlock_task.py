"""`AirlockTask` outside a worker: what Celery and people ask of a task stays as it was."""

import asyncio
import inspect
from collections.abc import Iterator
from typing import Any

import celery
import pytest
from celery import Celery
from celery_support.apps import make_app
from celery_support.brokers import Memory

import airlock
from airlock import Intent
from airlock.integrations.celery import AirlockTask
from airlock.integrations.executors.celery import celery_executor

sent: list[str] = []


@pytest.fixture(autouse=True)
def _record() -> Iterator[None]:
    sent.clear()
    airlock.configure(executor=lambda intent: sent.append(intent.name))
    yield
    airlock.reset_configuration()


@pytest.fixture
def app() -> Celery:
    app = Celery("units", broker="memory://", task_cls=AirlockTask, set_as_current=False)
    app.conf.task_always_eager = True
    return app


def child() -> None: ...


def pay(order: int, *, error: bool = False) -> int:
    """Pay an order."""
    airlock.enqueue(child)
    if error:
        raise KeyError(order)
    return order


CALLS = [
    lambda task: task(7),
    lambda task: task.run(7),
    lambda task: task.apply((7,)).get(),
    lambda task: task.delay(7).get(),
    lambda task: task.s(7).apply().get(),
]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("bind", [False, True])
def test_each_way_to_call_a_task_is_an_execution(call: Any, bind: bool, app: Celery) -> None:
    def bound(self: Any, order: int) -> int:
        assert self.name == "pay"
        return pay(order)

    task = app.task(bind=bind, name="pay", shared=False)(bound if bind else pay)
    assert (call(task), sent) == (7, ["child"])


@pytest.mark.parametrize("call", CALLS)
def test_a_task_that_is_called_by_hand_is_part_of_the_work_around_it(call: Any, app: Celery) -> None:
    task = app.task(pay, shared=False)
    with airlock.scope() as scope:
        call(task)
        assert sent == []
    assert [intent.name for intent in scope.captured_intents] == sent == ["child"]


def test_a_task_that_fails_sends_nothing(app: Celery) -> None:
    task = app.task(pay, shared=False)
    with pytest.raises(KeyError):
        task(7, error=True)
    assert task.apply((7,), {"error": True}).state == "FAILURE"
    assert sent == []


def test_eager_retries_each_have_a_scope(app: Celery) -> None:
    @app.task(bind=True, shared=False)
    def retried(self: Any) -> int:
        airlock.enqueue(child)
        if self.request.retries < 2:
            raise self.retry(countdown=0)
        return int(self.request.retries)

    assert (retried.delay().get(), sent) == (2, ["child"])


def test_a_task_looks_as_it_did(app: Celery) -> None:
    task = app.task(pay, shared=False)
    assert inspect.signature(task.run) == inspect.signature(pay)
    assert (task.run.__wrapped__, task.__wrapped__, task.__doc__, task.run.__module__) == (
        pay,
        pay,
        "Pay an order.",
        __name__,
    )
    assert Intent(task).qualified_name == f"{__name__}:pay"


def test_arguments_are_checked_at_the_call(app: Celery) -> None:
    task = app.task(pay, shared=False)
    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        task.delay()


def test_a_run_that_calls_the_one_of_its_base_is_one_execution(app: Celery) -> None:
    class Base(AirlockTask):
        def run(self) -> None:
            airlock.enqueue(child)

    class Mine(Base):
        name = "mine"

        def run(self) -> None:
            super().run()
            assert airlock.get_current_scope().own_intents
            raise KeyError

    task = app.register_task(Mine())
    with pytest.raises(KeyError):
        task()
    assert sent == []


def test_a_run_from_another_base_is_wrapped(app: Celery) -> None:
    class Body:
        def run(self) -> None:
            airlock.enqueue(child)

    class Mine(Body, AirlockTask):
        name = "mine"

    class Heir(Mine):
        name = "heir"

    for task in (app.register_task(Mine()), app.register_task(Heir())):
        task()
    assert sent == ["child", "child"]


def test_a_class_with_a_call_of_its_own_keeps_it(app: Celery) -> None:
    class Counting(AirlockTask):
        calls = 0

        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            self.calls += 1
            return super().__call__(*args, **kwargs)

    task = app.task(base=Counting, shared=False)(pay)
    task.delay(1)
    assert (task.calls, sent) == (1, ["child"])


def test_autoretry_sees_a_flush_that_fails(app: Celery) -> None:
    attempts: list[int] = []

    def refuse(_: Intent) -> None:
        if len(attempts) < 3:
            raise ConnectionError

    airlock.configure(executor=refuse)

    @app.task(bind=True, autoretry_for=(ConnectionError,), shared=False)
    def retried(self: Any) -> None:
        attempts.append(self.request.retries)
        airlock.enqueue(child)

    assert retried.delay().state == "SUCCESS"
    assert attempts == [0, 1, 2]


def test_the_result_of_a_task_whose_flush_fails_is_the_error(app: Celery) -> None:
    def refuse(_: Intent) -> None:
        raise ConnectionError("no broker")

    airlock.configure(executor=refuse)
    result = app.task(pay, shared=False).delay(7)
    assert (result.state, repr(result.result)) == ("FAILURE", "ConnectionError('no broker')")


def test_a_task_that_leaves_a_scope_open_fails_and_the_scope_is_closed(app: Celery) -> None:
    @app.task(shared=False)
    def leaking() -> None:
        airlock.scope().enter()

    with pytest.raises(airlock.ScopeStateError, match="inside it is still open"):
        leaking()
    assert airlock.get_current_scope() is None


def test_a_local_policy_left_open_is_reported_when_a_worker_starts_a_task(
    app: Celery, caplog: pytest.LogCaptureFixture
) -> None:
    task = app.task(pay, shared=False)
    left_open = airlock.policy(airlock.DropAll())
    left_open.__enter__()
    task.push_request(id="1", called_directly=False, is_eager=False)
    try:
        task.run(7)
    finally:
        task.pop_request()
    assert sent == ["child"]
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "a local policy" in caplog.text.lower()


def test_the_report_of_a_leak_names_tasks_and_no_arguments(app: Celery, caplog: pytest.LogCaptureFixture) -> None:
    task = app.task(pay, shared=False)
    leaked = airlock.scope().enter()
    airlock.enqueue(pay, "secret")
    task.push_request(id="1", called_directly=False, is_eager=False)
    try:
        task.run(7)
    finally:
        task.pop_request()
    assert (leaked.is_discarded, sent) == (True, ["child"])
    assert "pay" in caplog.messages[0]
    assert "secret" not in caplog.text


def test_a_leaked_scope_that_cannot_be_closed_is_no_failure_of_the_next_task(
    app: Celery, caplog: pytest.LogCaptureFixture
) -> None:
    class Stubborn(airlock.Scope):
        def exit(self) -> None:
            raise KeyError("never")

    task = app.task(pay, shared=False)
    Stubborn().enter()
    task.push_request(id="1", called_directly=False, is_eager=False)
    try:
        assert task.run(7) == 7
    finally:
        task.pop_request()
    assert sent == ["child"]
    assert "Stubborn" in caplog.text


def test_the_executor_performs_such_a_task_in_a_scope(app: Celery) -> None:
    task = app.task(pay, shared=False)
    celery_executor.perform(Intent(task, (7,)))
    assert sent == ["child"]


def test_arguments_of_such_a_task_are_still_serialised_before_anything_is_sent(memory: Memory) -> None:
    task = memory.app.task(base=AirlockTask, name="pay", shared=False)(pay)
    with pytest.raises(airlock.InvalidIntentError):
        list(celery_executor.dispatch_many([Intent(task, (1,)), Intent(task, (object(),))]))
    assert memory.queued() == []


def test_two_apps_may_have_it() -> None:
    apps = [make_app("memory://"), Celery(task_cls=AirlockTask, set_as_current=False)]
    tasks = [app.task(base=AirlockTask, name="pay", shared=False)(pay) for app in apps]
    for task in tasks:
        task(7)
    assert sent == ["child", "child"]


def test_it_is_a_celery_task() -> None:
    assert issubclass(AirlockTask, celery.Task)


def test_a_coroutine_function_is_left_as_it_is_and_may_have_a_scope_by_decorator(app: Celery) -> None:
    async def settle() -> bool:
        return airlock.get_current_scope() is not None

    bare, scoped = app.task(settle), app.task(name="scoped")(airlock.scoped()(settle))
    assert inspect.iscoroutinefunction(bare.run)
    assert (asyncio.run(bare.run()), asyncio.run(scoped.run())) == (False, True)


def test_what_a_plain_task_runs_in_an_event_loop_is_part_of_its_execution(app: Celery) -> None:
    async def settle() -> None:
        await asyncio.sleep(0)
        airlock.enqueue(child)

    @app.task
    def task(error: bool) -> None:
        asyncio.run(settle())
        assert sent == []
        if error:
            raise KeyError

    assert (task.delay(True).state, sent) == ("FAILURE", [])
    assert (task.delay(False).state, sent) == ("SUCCESS", ["child"])
