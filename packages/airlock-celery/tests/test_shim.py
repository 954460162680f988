"""Calls that become `enqueue`: one task by its base, or a whole app by its default class."""

import contextvars
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery, chain, chord, group
from celery.app.task import Context
from celery_support.brokers import Memory
from celery_support.calls import plus, underscored

import airlock
from airlock import Intent, NoScopeError, UsageError
from airlock.integrations.celery import (
    AirlockTask,
    LegacyTaskShim,
    install_global_intercept,
)

pytestmark = pytest.mark.filterwarnings("ignore:.* is enqueued instead:DeprecationWarning")


@pytest.fixture(autouse=True)
def _executor() -> Iterator[None]:
    airlock.configure(executor="celery")
    yield
    airlock.reset_configuration()


def arguments(memory: Memory) -> list[Any]:
    return [message.args for message in memory.queued()]


CALLS = {
    "delay": lambda task: task.delay(1, y=2),
    "apply_async": lambda task: task.apply_async((1,), {"y": 2}),
    "apply_async with a list": lambda task: task.apply_async([1], kwargs={"y": 2}, countdown=60),
    "a lone signature": lambda task: task.s(1, y=2).delay(),
    "delay_on_commit": lambda task: task.delay_on_commit(1, y=2),
}


@pytest.mark.parametrize("call", [*CALLS][:4])
def test_a_call_in_a_scope_waits_for_it(call: str, add: Any, memory: Memory) -> None:
    with airlock.scope() as scope:
        CALLS[call](add)
        assert memory.queued() == []
    assert ([intent.args for intent in scope.dispatched], arguments(memory)) == ([(1,)], [(1,)])


def test_a_call_in_a_scope_that_fails_sends_nothing(add: Any, memory: Memory) -> None:
    with pytest.raises(KeyError), airlock.scope():
        add.delay(1)
        raise KeyError
    assert memory.queued() == []


def test_options_travel_with_the_intent(add: Any, memory: Memory) -> None:
    with airlock.scope() as scope:
        add.apply_async((1,), countdown=60, link=add.s(5), expires=None)
    assert dict(scope.intents[0].dispatch_options) == {"countdown": 60, "link": add.s(5)}
    assert memory.messages()[0]["headers"]["eta"]


def test_policies_decide_about_calls(add: Any, memory: Memory) -> None:
    with airlock.scope(policy=airlock.BlockTasks({"add"})):
        add.delay(1)
    with pytest.raises(airlock.PolicyViolation), airlock.scope(policy=airlock.AssertNoEffects()):
        add.delay(1)
    assert memory.queued() == []


@pytest.mark.parametrize("call", [*CALLS][:4])
def test_a_call_warns_once_at_the_line_of_the_caller(call: str, add: Any) -> None:
    with airlock.scope(), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        CALLS[call](add)
    assert [(warning.category, warning.filename) for warning in caught] == [(DeprecationWarning, __file__)]
    assert "enqueue(add, ...)" in str(caught[0].message)


def test_a_warning_that_is_an_error_leaves_nothing_behind(add: Any) -> None:
    with airlock.scope() as scope:
        with warnings.catch_warnings(), pytest.raises(DeprecationWarning):
            warnings.simplefilter("error")
            add.delay(1)
    assert scope.intents == []


@pytest.mark.parametrize("eager", [False, True])
def test_a_flush_neither_warns_nor_comes_back(eager: bool, legacy_app: Celery, add: Any, memory: Memory) -> None:
    class LetThrough(airlock.Scope):
        def before_descendant_flushes(self, exiting_scope: airlock.Scope, intents: list[Intent]) -> list[Intent]:
            return intents

    legacy_app.conf.task_always_eager = eager
    with LetThrough() as outer:
        with airlock.scope() as scope, warnings.catch_warnings():
            warnings.simplefilter("error")
            airlock.enqueue(add, 1)
            airlock.options(countdown=3).enqueue(add.s(y=1), 2)
            airlock.options(task_id="mine").enqueue(add, 3)
            airlock.enqueue(group(add.s(5), add.s(6)), 4)
    assert (len(scope.dispatched), outer.intents) == (4, [])
    assert eager or len(memory.queued()) == 5


def test_an_executor_of_the_application_may_call_delay(add: Any, memory: Memory) -> None:
    with airlock.scope(executor=lambda intent: intent.task.delay(*intent.args)) as scope, warnings.catch_warnings():
        warnings.simplefilter("error")
        airlock.enqueue(add, 1)
    assert (len(scope.dispatched), arguments(memory)) == (1, [(1,)])


def test_a_task_that_runs_eagerly_while_it_is_sent_keeps_to_the_scope_it_is_in(memory: Memory) -> None:
    install_global_intercept(memory.app)
    memory.app.conf.task_always_eager = True
    happened: list[str] = []

    @memory.app.task(shared=False)
    def child(name: str) -> None:
        happened.append(name)

    @memory.app.task(shared=False)
    def parent(error: bool) -> None:
        child.delay(f"child, {error}")
        assert happened == ["child, False"] * error
        if error:
            raise KeyError

    with airlock.scope():
        parent.delay(False)
        parent.delay(True)
    assert happened == ["child, False"]


def test_the_line_of_the_caller_is_the_origin(add: Any) -> None:
    airlock.configure(capture_origin=True)
    with airlock.scope(policy=airlock.DropAll()) as scope:
        add.s(1).delay()
    origin = scope.intents[0].origin
    assert origin is not None
    assert (origin.filename, origin.function) == (
        __file__,
        test_the_line_of_the_caller_is_the_origin.__qualname__,
    )


@pytest.mark.parametrize("args", [(), (1, 2, 3), (object(),)])
def test_what_celery_would_have_refused_is_refused_at_the_same_line(args: Any, add: Any) -> None:
    with airlock.scope() as scope:
        with pytest.raises(TypeError):
            add.delay(*args)
    assert scope.intents == []


def test_an_option_that_celery_would_have_swallowed_is_refused(add: Any) -> None:
    with airlock.scope(), pytest.raises(TypeError, match=r"countdow.*did you mean 'countdown'"):
        add.apply_async((1,), countdow=3)


def test_a_parameter_with_a_name_that_enqueue_has_for_its_own_is_refused(legacy_app: Celery) -> None:
    task = legacy_app.task(name="named", shared=False)(underscored)
    with airlock.scope(), pytest.raises(UsageError, match=r"'_name'.*rename it"):
        task.delay(_name="x")


@pytest.mark.parametrize(
    "send",
    [
        lambda add: chain(add.s(1), add.s(2)).delay(),
        lambda add: group(add.s(1), add.s(2)).delay(),
        lambda add: chord([add.s(1)], add.si(2)).delay(),
        lambda add: chord([], add.si(2)).delay(),
        lambda add: add.map([1, 2]).delay(),
        lambda add: add.starmap([(1, 2)]).apply_async(),
        lambda add: add.chunks([(1, 2)], 1).apply_async(),
        lambda add: add.apply_async((1,), producer=add.app.amqp.Producer(add.app.connection())),
        lambda add: add.signature_from_request(_request(add), (1,), {}, retries=1).apply_async(),
        lambda add: add.s(1).apply_async(parent_id="p", root_id="r"),
        lambda add: add.app.send_task(add.name, (1,)),
    ],
)
def test_control_flow_passes_at_once_in_and_outside_scopes(send: Any, add: Any, memory: Memory) -> None:
    memory.app.conf.result_backend = "cache+memory://"
    send(add)
    outside = len(memory.queued())
    with airlock.scope() as scope, warnings.catch_warnings():
        warnings.simplefilter("error")
        send(add)
        assert len(memory.queued()) == 2 * outside > 0
    assert scope.intents == []


def _request(task: Any) -> Any:
    return Context(id="1", args=(1,), kwargs={}, delivery_info={}, timelimit=None)


def test_outside_any_scope_the_shim_names_the_task_and_the_cure(memory: Memory) -> None:
    task = memory.app.task(base=LegacyTaskShim, name="shop.add", shared=False)(plus)
    with pytest.raises(NoScopeError, match=r"shop\.add.*delay.*airlock\.scope.*AirlockTask") as caught:
        task.delay(1)
    assert caught.value.task == task
    assert memory.queued() == []


def test_in_a_context_whose_scope_has_ended_the_shim_says_so(memory: Memory) -> None:
    task = memory.app.task(base=LegacyTaskShim, name="shop.add", shared=False)(plus)
    with airlock.scope():
        context = contextvars.copy_context()
    with pytest.raises(airlock.ScopeStateError, match="which has ended"):
        context.run(task.delay, 1)


def test_outside_any_scope_the_intercept_lets_calls_through(memory: Memory) -> None:
    install_global_intercept(memory.app)
    task = memory.app.task(name="shop.add", shared=False)(plus)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = task.delay(1)
    assert type(result) is memory.app.AsyncResult
    assert arguments(memory) == [(1,)]


def test_the_shim_and_airlock_task_go_together(memory: Memory) -> None:
    class Both(LegacyTaskShim, AirlockTask):
        """A task that is called the old way, and calls others so."""

    @memory.app.task(base=Both, name="shop.both", shared=False)
    def both(depth: int) -> None:
        if depth:
            both.delay(depth - 1)

    both(1)
    assert arguments(memory) == [(0,)]
