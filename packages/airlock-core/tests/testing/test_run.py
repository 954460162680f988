import asyncio
import datetime
import re
from decimal import Decimal

import pytest

import airlock
from airlock import InvalidIntentError, UsageError
from airlock.testing import EffectsAssertionError, capture


@pytest.fixture
def effects():
    with capture() as effects:
        yield effects


def names(intents):
    return [intent.name for intent in intents]


def test_what_was_recorded_is_performed_in_order_and_stays_recorded(effects, charge, email, recorder):
    airlock.enqueue(charge, 1)
    airlock.enqueue(email, 1)
    assert effects.run() == effects
    assert recorder.names == ["charge", "email"]
    assert names(effects) == ["charge", "email"]


def test_nothing_is_performed_twice(effects, charge, email, recorder):
    airlock.enqueue(charge)
    effects.run()
    airlock.enqueue(email)
    assert names(effects.run()) == ["email"]
    assert recorder.names == ["charge", "email"]


def test_only_the_named_tasks_are_performed_and_the_others_may_be_later(effects, charge, email, recorder):
    airlock.enqueue(charge)
    airlock.enqueue(email)
    assert names(effects.run(only="email")) == ["email"]
    assert names(effects.run(only=(charge, email))) == ["charge"]


def test_what_a_task_enqueues_is_recorded_and_not_performed(effects, charge, recorder):
    def place(order):
        airlock.enqueue(charge, order)

    airlock.enqueue(place, 1)
    effects.run()
    assert recorder.calls == []
    effects.assert_enqueued_with(charge, 1)


def test_what_a_task_enqueues_is_performed_too_where_that_is_asked_for(effects, charge, email, recorder):
    def place(order):
        airlock.enqueue(charge, order)
        airlock.enqueue(email, order)

    airlock.enqueue(place, 1)
    airlock.enqueue(place, 2)
    effects.run(recursive=True, only=(place, charge))
    assert recorder.calls == [("charge", (1,), {}), ("charge", (2,), {})]
    assert names(effects) == ["place", "place", "charge", "email", "charge", "email"]


def test_a_task_that_fails_lets_nothing_out_and_says_which_it_was(effects, charge):
    def place(order):
        airlock.enqueue(charge, order)
        raise LookupError("no stock")

    def start():
        airlock.enqueue(place, 1)

    airlock.enqueue(start)
    with pytest.raises(LookupError) as info:
        effects.run(recursive=True)
    (note,) = info.value.__notes__
    assert re.fullmatch(
        r"airlock: raised while performing place\(1\)  .*test_run.py:\d+ test_a_task_\S+ <- start\(\)  .*", note
    )
    assert [str(dropped) for dropped in effects.dropped] == ["charge(1): discarded with its Scope"]


def test_each_task_runs_in_a_scope_of_its_own_in_no_other(effects):
    seen = []

    def look():
        scope = airlock.get_current_scope()
        seen.append((scope, scope.parent.parent))

    airlock.enqueue(look)
    airlock.enqueue(look)
    with airlock.scope() as around:
        effects.run()
        assert airlock.get_current_scope() is around
    (first, above_first), (second, above_second) = seen
    assert first is not second
    assert above_first is above_second is None


def test_what_was_recorded_may_be_performed_after_the_recording(charge, recorder):
    def place(order):
        airlock.enqueue(charge, order)

    with capture() as effects, airlock.scope():
        airlock.enqueue(place, 1)
    effects.run(recursive=True)
    assert names(effects) == ["place", "charge"]
    assert recorder.args == [(1,)]
    with pytest.raises(airlock.NoScopeError):
        place(1)


def test_arguments_arrive_as_from_a_queue(effects, charge, recorder):
    airlock.enqueue(charge, (1, 2), by={3: "x"})
    effects.run()
    assert recorder.calls == [("charge", ([1, 2],), {"by": {"3": "x"}})]
    assert effects[0].args == ((1, 2),)


def test_arguments_may_travel_in_another_way(effects, charge, recorder):
    day = datetime.date(2026, 11, 20)
    value = object()
    airlock.enqueue(charge, (day,))
    effects.run(serialize="pickle")
    airlock.enqueue(charge, value)
    effects.run(serialize=None)
    airlock.enqueue(charge, Decimal(1), to=Decimal(2))
    effects.run(serialize=str)
    assert recorder.calls == [("charge", ((day,),), {}), ("charge", (value,), {}), ("charge", ("1",), {"to": "2"})]


def test_the_intent_that_is_performed_has_the_id_of_the_recorded_one(effects, monkeypatch):
    from airlock.integrations.executors.sync import sync_executor

    performed = []
    monkeypatch.setattr(type(sync_executor), "__call__", lambda self, intent: performed.append(intent))
    recorded = airlock.options(queue="mail").enqueue(print, 1)
    effects.run()
    assert [intent.id for intent in performed] == [recorded.id]
    assert performed[0].dispatch_options == {"queue": "mail"}


@pytest.mark.parametrize(
    ("args", "kwargs", "named"), [((1, {2}), {}, "to"), ((1,), {"to": {2}}, "to"), (({2}, 1), {}, "order")]
)
def test_an_argument_that_does_not_survive_is_named(effects, args, kwargs, named):
    def send(order, to): ...

    intent = airlock.enqueue(send, *args, **kwargs)
    with pytest.raises(
        InvalidIntentError, match=rf"argument '{named}' is \{{2\}}, which does not survive json"
    ) as info:
        effects.run()
    assert info.value.intent is intent


def test_an_argument_without_a_name_is_named_by_its_position(effects):
    def send(): ...

    airlock.enqueue(send, {2})
    with pytest.raises(InvalidIntentError, match=r"argument 'args\[0\]'"):
        effects.run()


def test_an_argument_that_a_function_refuses_is_named(effects, charge):
    airlock.enqueue(charge, "x")
    with pytest.raises(InvalidIntentError, match="does not survive its function"):
        effects.run(serialize=int)


def test_a_way_to_travel_that_there_is_not_is_refused(effects, charge):
    airlock.enqueue(charge, "x")
    with pytest.raises(TypeError, match="serialize is 'json', 'pickle', None or a function"):
        effects.run(serialize="xml")


def test_a_coroutine_function_has_to_be_awaited(effects, recorder):
    async def ship(order):
        recorder.calls.append(("ship", (order,), {}))
        airlock.enqueue(ship, order + 1)

    airlock.enqueue(ship, 1)
    with pytest.raises(UsageError, match=r"write `await effects.arun\(\)`"):
        effects.run()
    effects.clear()
    airlock.enqueue(ship, 1)
    airlock.enqueue(recorder.task("charge"), 1)
    assert len(asyncio.run(effects.arun())) == 2
    assert recorder.names == ["ship", "charge"]
    assert effects[-1].args == (2,)


def test_a_future_is_cancelled_where_nothing_can_be_awaited(effects):
    futures = []

    def ship():
        futures.append(asyncio.get_running_loop().create_future())
        return futures[0]

    async def main():
        with pytest.raises(UsageError):
            effects.run()
        assert futures[0].cancelled()

    airlock.enqueue(ship)
    asyncio.run(main())


def test_something_else_to_await_is_left_alone_where_nothing_can_be_awaited(effects):
    class Awaitable:
        def __await__(self):
            raise AssertionError("nobody awaits it")

    airlock.enqueue(Awaitable)
    with pytest.raises(UsageError):
        effects.run()


def test_an_endless_loop_ends_and_shows_the_chain(effects):
    def sync(page):
        airlock.enqueue(sync, page + 1)

    airlock.enqueue(sync, 1)
    with pytest.raises(EffectsAssertionError) as info:
        effects.run(recursive=True, limit=20)
    shown = re.sub(r"  \S+\.py:\d+ \S+", "", str(info.value))
    assert shown == (
        "run(recursive=True) has performed 20 tasks that tasks enqueued, and there are more:\n"
        "\n"
        "     sync(1)\n"
        "  -> sync(2)\n"
        "  -> sync(3)\n"
        "  -> (16 more)\n"
        "  -> sync(20)\n"
        "  -> sync(21)\n"
        "  -> sync(22)\n"
        "\n"
        "End the chain in the tasks, name those to perform with `only=`, or give a higher `limit=`."
    )


def test_a_short_chain_is_shown_whole(effects, charge):
    def place(order):
        airlock.enqueue(charge, order)

    airlock.enqueue(place, 1)
    with pytest.raises(EffectsAssertionError) as info:
        effects.run(recursive=True, limit=0)
    lines = str(info.value).splitlines()
    assert [line.split("  ")[1].strip() for line in lines[2:4]] == ["", "-> charge(1)"]


def test_the_limit_is_not_for_what_the_test_itself_has_enqueued(effects, charge):
    for number in range(5):
        airlock.enqueue(charge, number)
    assert len(effects.run(recursive=True, limit=0)) == 5


def test_the_tasks_of_a_queue_are_performed_as_its_worker_would(effects, monkeypatch):
    class Task:
        name = "report"

    class Queue:
        def accepts(self, task):
            return isinstance(task, Task)

        def perform(self, intent):
            performed.append(intent.args)

        def __call__(self, intent):
            raise AssertionError("nothing is sent")

    performed = []
    monkeypatch.setattr("airlock._executors.others", lambda: iter([Queue()]))
    airlock.enqueue(Task(), 3)
    effects.run()
    assert performed == [(3,)]
