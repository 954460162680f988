import asyncio
import inspect

import pytest

import airlock
from airlock import DropAll, Scope


def test_each_call_has_a_scope_of_its_own(charge, recorder):
    seen = []

    @airlock.scoped()
    def checkout(number):
        seen.append(airlock.get_current_scope())
        airlock.enqueue(charge, number)
        assert len(recorder.calls) == number

    checkout(0)
    checkout(1)
    assert recorder.args == [(0,), (1,)]
    assert seen[0] is not seen[1]


def test_a_call_that_raises_lets_nothing_out(charge, recorder):
    @airlock.scoped()
    def checkout():
        airlock.enqueue(charge)
        raise ValueError

    @airlock.scoped()
    async def checkout_later():
        airlock.enqueue(charge)
        raise ValueError

    with pytest.raises(ValueError):
        checkout()
    with pytest.raises(ValueError):
        asyncio.run(checkout_later())
    assert recorder.calls == []


def test_a_call_inside_another_scope_is_captured(charge, recorder):
    @airlock.scoped()
    def checkout():
        airlock.enqueue(charge)

    with airlock.scope():
        checkout()
        assert recorder.calls == []
    assert recorder.names == ["charge"]


def test_it_may_call_itself(charge, recorder):
    @airlock.scoped()
    def count(number):
        airlock.enqueue(charge, number)
        if number:
            count(number - 1)

    count(3)
    assert recorder.args == [(3,), (2,), (1,), (0,)]


def test_it_takes_what_a_scope_takes(charge, recorder):
    class Mine(Scope):
        def __init__(self, label, **kwargs):
            super().__init__(**kwargs)
            self.label = label

    sent = []

    @airlock.scoped(DropAll())
    def silent():
        airlock.enqueue(charge)

    @airlock.scoped(_cls=Mine, executor=sent.append, label="x")
    def labelled():
        airlock.enqueue(charge)
        return airlock.get_current_scope().label

    silent()
    assert labelled() == "x"
    assert len(sent) == 1
    assert recorder.calls == []


def test_it_follows_the_configuration_of_the_moment(charge, recorder):
    @airlock.scoped()
    def checkout():
        airlock.enqueue(charge)

    airlock.configure(policy=DropAll())
    checkout()
    assert recorder.calls == []


def test_it_keeps_what_describes_the_function():
    def checkout(order: int, *, rush: bool = False) -> str:
        "Buy."

    wrapped = airlock.scoped()(checkout)
    assert inspect.signature(wrapped) == inspect.signature(checkout)
    assert (wrapped.__name__, wrapped.__doc__, wrapped.__wrapped__) == ("checkout", "Buy.", checkout)


def test_a_coroutine_function_stays_one():
    @airlock.scoped()
    async def checkout():
        return 1

    assert inspect.iscoroutinefunction(checkout)
    assert asyncio.run(checkout()) == 1


def test_generator_functions_are_refused():
    def rows():
        yield 1

    async def pages():
        yield 1

    for function in (rows, pages):
        with pytest.raises(TypeError, match="generator function: between two values"):
            airlock.scoped()(function)


@pytest.mark.parametrize("wrong", [5, Scope, "checkout"])
def test_only_functions_are_decorated(wrong):
    with pytest.raises(TypeError, match=r"@airlock.scoped\(\) decorates functions"):
        airlock.scoped()(wrong)


def test_forgetting_the_parentheses_is_explained():
    with pytest.raises(TypeError, match=r"Write @airlock.scoped\(\) with its parentheses"):

        @airlock.scoped
        def checkout(): ...
