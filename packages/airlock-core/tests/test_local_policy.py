import asyncio
import contextvars
import threading

import pytest

import airlock
from airlock import BlockTasks, DropAll, LimitIntents, PolicyViolation, Scope, ScopeStateError


def test_a_local_policy_marks_only_what_is_enqueued_in_its_region(charge, recorder):
    with airlock.scope():
        with airlock.policy(DropAll()):
            airlock.enqueue(charge, 1)
        airlock.enqueue(charge, 2)
    assert recorder.args == [(2,)]


def test_a_local_policy_around_a_scope_marks_what_is_enqueued_in_it(charge, recorder):
    with airlock.scope(), airlock.policy(DropAll()), airlock.scope():
        airlock.enqueue(charge, 1)
    with airlock.policy(DropAll()), airlock.scope():
        airlock.enqueue(charge, 2)
    assert recorder.calls == []


def test_a_captured_intent_keeps_its_marks_but_gets_no_new_ones(charge, email, recorder):
    with airlock.scope():
        with airlock.policy(BlockTasks({charge})):
            ...
        with airlock.scope():
            airlock.enqueue(charge)
        with airlock.policy(DropAll()):
            airlock.enqueue(email)
    assert recorder.names == ["charge"]


def test_a_local_policy_can_be_entered_again_inside_itself(charge, recorder):
    quiet = airlock.policy(BlockTasks({charge}))
    with airlock.scope():
        with quiet, quiet:
            airlock.enqueue(charge, 1)
        with quiet:
            airlock.enqueue(charge, 2)
        airlock.enqueue(charge, 3)
    assert recorder.args == [(3,)]


def test_one_local_policy_serves_many_threads_at_once(charge):
    quiet = airlock.policy(DropAll())
    together = threading.Barrier(4)
    outcomes = []

    def work():
        with airlock.scope() as scope:
            with quiet:
                together.wait()
                airlock.enqueue(charge, 1)
                together.wait()
            kept = airlock.enqueue(charge, 2)
            together.wait()
        outcomes.append(scope.dispatched == [kept])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == [True] * 4


def test_a_local_policy_decorates_functions_and_coroutine_functions(charge, recorder):
    @airlock.policy(DropAll())
    def fixture(number):
        "Load."
        airlock.enqueue(charge, number)
        return number

    @airlock.policy(DropAll())
    async def fixture_later(number):
        await asyncio.sleep(0)
        airlock.enqueue(charge, number)
        return number

    async def main():
        async with airlock.scope():
            assert fixture(1) == 1
            assert await fixture_later(2) == 2
            airlock.enqueue(charge, 3)

    assert (fixture.__name__, fixture.__doc__) == ("fixture", "Load.")
    asyncio.run(main())
    assert recorder.args == [(3,)]


def test_a_local_policy_refuses_to_decorate_a_generator_function_or_a_class():
    with pytest.raises(TypeError, match="rows, a generator function"):

        @airlock.policy(DropAll())
        def rows():
            yield 1

    with pytest.raises(TypeError, match="decorates functions"):

        @airlock.policy(DropAll())
        class Rows: ...


def test_a_local_policy_that_remembers_is_renewed_at_every_entry(charge):
    few = airlock.policy(LimitIntents(1))
    with airlock.scope(policy=DropAll()):
        for _ in range(3):
            with few:
                airlock.enqueue(charge)
                with pytest.raises(PolicyViolation):
                    airlock.enqueue(charge)


def test_entering_returns_the_policy_in_force(charge):
    with airlock.scope(policy=DropAll()), airlock.policy(LimitIntents(1)) as limit:
        intent = airlock.enqueue(charge)
    assert intent.local_policies == (limit,)


def test_passes_local_policies_leaves_no_trace(charge, recorder):
    with airlock.scope():
        with airlock.policy(airlock.DropDuplicates()):
            intent = airlock.enqueue(charge)
        assert intent.passes_local_policies()
        assert intent.passes_local_policies()
    assert recorder.names == ["charge"]


def test_a_scope_left_open_in_a_region_is_an_error_when_the_region_ends():
    def leave_open():
        with pytest.raises(ScopeStateError, match=r"airlock.policy\(DropAll\(\)\) is left while <Scope active"):
            with airlock.policy(DropAll()):
                Scope().enter()
        assert airlock.get_current_scope() is None
        with pytest.raises(ValueError) as caught, airlock.policy(DropAll()):
            Scope().enter()
            raise ValueError
        assert "still open" in caught.value.__notes__[0]

    contextvars.copy_context().run(leave_open)


def test_a_region_left_open_in_a_scope_is_an_error_when_the_scope_ends():
    def leave_open():
        with pytest.raises(ScopeStateError, match="a local policy inside it is still open"), airlock.scope():
            airlock.policy(DropAll()).__enter__()

    contextvars.copy_context().run(leave_open)


def test_a_region_may_be_left_in_another_context():
    quiet = airlock.policy(DropAll())
    contextvars.copy_context().run(quiet.__enter__)
    quiet.__exit__(None, None, None)
    with airlock.scope(), airlock.policy(DropAll()):
        contextvars.Context().run(quiet.__exit__, None, None, None)


def test_a_local_policy_shows_its_policy():
    assert repr(airlock.policy(DropAll())) == "airlock.policy(DropAll())"
