import asyncio
import contextvars
import threading

import pytest

import airlock
from airlock import AssertNoEffects, BlockTasks, DropAll, PolicyViolation, Scope, ScopeStateError
from airlock._region import OUTSIDE, get_region, tell_dropped
from airlock.testing import Dropped, capture


class Independent(Scope):
    """Lets everything through at once."""

    def before_descendant_flushes(self, exiting_scope, intents):
        return intents


class Deferred(Scope):
    """Dispatches when something else says so, as a scope does that waits for a commit."""

    waiting = ()

    def dispatch_all(self, intents):
        self.waiting = intents


def in_a_thread(work):
    """Run in another thread, in a context of its own, and raise what it raises."""
    failures = []

    def run():
        try:
            work()
        except Exception as error:
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failures:
        raise failures[0]


@pytest.fixture(autouse=True)
def nothing_stays():
    yield
    assert get_region() is OUTSIDE
    assert OUTSIDE._scope is None
    assert OUTSIDE._observers == ()


def test_what_a_scope_lets_out_is_recorded_and_not_dispatched(charge, recorder):
    with capture() as effects:
        with airlock.scope():
            intent = airlock.enqueue(charge, 1)
        assert effects == [intent]
    assert effects == [intent]
    assert recorder.calls == []


def test_nothing_is_recorded_before_the_scope_has_ended(charge):
    with capture() as effects, airlock.scope() as scope:
        intent = airlock.enqueue(charge, 1)
        assert effects == []
        assert effects.pending == [(intent, scope)]


def test_what_is_enqueued_in_no_scope_is_recorded_at_once(charge):
    with capture() as effects:
        intent = airlock.enqueue(charge, 1)
        assert effects == [intent]


def test_a_captured_scope_stands_where_it_ended(charge):
    with capture() as effects:
        with airlock.scope():
            airlock.enqueue(charge, 1)
            with airlock.scope():
                airlock.enqueue(charge, 2)
            airlock.enqueue(charge, 3)
        with airlock.scope():
            airlock.enqueue(charge, 4)
    assert [intent.args for intent in effects] == [(1,), (2,), (3,), (4,)]


def test_what_a_scope_would_let_through_at_once_is_recorded_at_once(charge):
    with capture() as effects, Independent():
        with airlock.scope():
            intent = airlock.enqueue(charge, 1)
        assert effects == [intent]


def test_the_policy_of_a_scope_applies_and_is_named(charge, email):
    policy = BlockTasks({"email"})
    with capture() as effects:
        with airlock.scope(policy=policy) as scope:
            kept = airlock.enqueue(charge, 1)
            gone = airlock.enqueue(email, 1)
    assert effects == [kept]
    assert effects.dropped == [Dropped(gone, policy, Scope, "dropped by BlockTasks({'email'})")]
    assert [verdict.intent for verdict in scope.dropped] == [gone]


def test_the_policy_of_a_scope_further_out_applies_and_is_named(charge):
    policy = DropAll()
    with capture() as effects, airlock.scope(policy=policy):
        with airlock.scope():
            gone = airlock.enqueue(charge, 1)
    assert effects == []
    assert [(dropped.intent, dropped.policy) for dropped in effects.dropped] == [(gone, policy)]


def test_the_configured_policy_applies_to_scopes_and_not_to_the_recording(charge):
    airlock.configure(policy=DropAll())
    with capture() as effects:
        airlock.enqueue(charge, 1)
        with airlock.scope():
            airlock.enqueue(charge, 2)
    assert [intent.args for intent in effects] == [(1,)]


def test_a_policy_that_raises_speaks_where_it_would_without_a_recording(charge):
    with capture() as effects, airlock.scope(policy=AssertNoEffects()):
        with pytest.raises(PolicyViolation):
            airlock.enqueue(charge)
    assert (effects, effects.dropped, effects.pending) == ([], [], [])


def test_a_local_policy_applies_inside_a_scope_and_outside_any(charge):
    policy = BlockTasks({"charge"})
    with capture() as effects:
        with airlock.policy(policy), airlock.policy(BlockTasks({"email"})):
            airlock.enqueue(charge, 1)
            with airlock.scope():
                airlock.enqueue(charge, 2)
    assert effects == []
    assert [(dropped.intent.args, dropped.policy) for dropped in effects.dropped] == [((1,), policy), ((2,), policy)]


def test_a_local_policy_around_the_recording_applies(charge):
    with airlock.policy(DropAll()), capture() as effects:
        airlock.enqueue(charge, 1)
    assert effects == []
    assert len(effects.dropped) == 1


def test_a_local_policy_may_not_enqueue(charge):
    class Enqueues(airlock.AllowAll):
        def allows(self, intent):
            return airlock.enqueue(charge)

    with capture() as effects, airlock.policy(Enqueues()):
        with pytest.raises(airlock.PolicyEnqueueError):
            airlock.enqueue(charge)
    assert effects == []


def test_what_a_failing_scope_discards_is_dropped_with_its_class(charge):
    with capture() as effects:
        with pytest.raises(ValueError), Independent():
            gone = airlock.enqueue(charge, 1)
            raise ValueError
    (dropped,) = effects.dropped
    assert dropped == Dropped(gone, None, Independent, "discarded with its Independent")
    assert str(dropped) == "charge(1): discarded with its Independent"
    assert (effects, effects.pending) == ([], [])


def test_what_an_outer_scope_discards_of_an_inner_one_is_dropped(charge):
    with capture() as effects:
        with pytest.raises(ValueError), airlock.scope():
            with airlock.scope():
                airlock.enqueue(charge, 1)
            raise ValueError
    assert effects == []
    assert [dropped.intent.args for dropped in effects.dropped] == [(1,)]


def test_a_scope_that_dispatches_later_needs_not_wait(charge):
    with capture() as effects:
        with Deferred() as scope:
            intent = airlock.enqueue(charge, 1)
    assert effects == [intent]
    assert scope.waiting == ()


def test_a_scope_may_withdraw_what_it_has_let_out(charge):
    with capture() as effects:
        with Deferred() as scope:
            gone = airlock.enqueue(charge, 1)
            kept = airlock.enqueue(charge, 2)
        tell_dropped(scope, lambda: [gone], "rolled back")
    assert effects == [kept]
    assert [(dropped.intent, dropped.reason) for dropped in effects.dropped] == [(gone, "rolled back")]


class Transactional(Scope):
    """Withdraws what was rolled back."""

    rolled_back = ()

    def _withdrawn(self, intents):
        return [intent for intent in intents if intent.args[0] in self.rolled_back]


def test_what_was_rolled_back_before_the_scope_ended_is_never_recorded(charge):
    with capture() as effects:
        with Transactional() as scope:
            airlock.enqueue(charge, 1)
            kept = airlock.enqueue(charge, 2)
            scope.rolled_back = {1}
        assert effects == [kept]
    assert [str(dropped) for dropped in effects.dropped] == ["charge(1): rolled back"]


def test_what_was_rolled_back_after_the_scope_ended_is_no_longer_recorded(charge):
    with capture() as effects:
        with Transactional() as scope:
            airlock.enqueue(charge, 1)
            airlock.enqueue(charge, 2)
        with airlock.scope():
            airlock.enqueue(charge, 3)
        scope.rolled_back = {1}
        assert [intent.args for intent in effects.of(charge)] == [(2,), (3,)]
        scope.rolled_back = {1, 2}
        effects.assert_count(1)
    assert [dropped.intent.args for dropped in effects.dropped] == [(1,), (2,)]


def test_every_intent_has_its_origin_although_the_configuration_says_nothing(charge):
    with capture() as effects:
        airlock.enqueue(charge, 1)
        airlock.options(queue="mail").enqueue(charge, 2)
    assert [intent.origin.filename for intent in effects] == [__file__] * 2
    assert effects[0].origin.function == "test_every_intent_has_its_origin_although_the_configuration_says_nothing"


def test_an_origin_that_is_given_stays(charge):
    origin = airlock.Origin("shop.py", 3, "buy")
    with capture() as effects:
        airlock.enqueue(charge, _origin=origin)
    assert effects[0].origin is origin


def test_other_threads_are_recorded(charge):
    def serve():
        with airlock.scope():
            airlock.enqueue(charge, 1)
        airlock.enqueue(charge, 2)

    with capture() as effects:
        in_a_thread(serve)
    assert [intent.args for intent in effects] == [(1,), (2,)]


def test_a_context_from_before_is_recorded(charge):
    context = contextvars.copy_context()
    with capture() as effects:
        context.run(airlock.enqueue, charge, 1)
    assert len(effects) == 1


def test_a_context_that_was_copied_meanwhile_knows_of_nothing_that_has_ended(charge, recorder):
    with capture():
        context = contextvars.copy_context()
    with capture() as effects:
        context.run(airlock.enqueue, charge, 1)
    assert len(effects) == 1

    def serve():
        with airlock.scope():
            airlock.enqueue(charge, 2)

    context.run(serve)
    assert recorder.args == [(2,)]


def test_tasks_of_an_event_loop_are_recorded(charge):
    async def serve(number):
        async with airlock.scope():
            airlock.enqueue(charge, number)
            await asyncio.sleep(0)

    async def main():
        await asyncio.gather(serve(1), serve(2))

    with capture() as effects:
        asyncio.run(main())
    assert sorted(intent.args for intent in effects) == [(1,), (2,)]


def test_only_the_own_context_is_recorded_where_that_is_asked_for(charge):
    def other():
        with pytest.raises(airlock.NoScopeError):
            airlock.enqueue(charge, 2)

    with capture(process_wide=False) as effects:
        airlock.enqueue(charge, 1)
        in_a_thread(other)
    assert [intent.args for intent in effects] == [(1,)]


def test_two_threads_may_each_record_their_own(charge):
    both = threading.Barrier(2, timeout=10)
    seen = {}

    def record(number):
        with capture(process_wide=False) as effects:
            both.wait()
            with airlock.scope():
                airlock.enqueue(charge, number)
            both.wait()
        seen[number] = [intent.args for intent in effects]

    threads = [threading.Thread(target=record, args=(number,)) for number in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == {1: [(1,)], 2: [(2,)]}


def test_a_thread_that_outlives_the_recording_is_told_so(charge):
    entered, ended = threading.Event(), threading.Event()

    def serve():
        with airlock.scope():
            entered.set()
            assert ended.wait(10)
            airlock.enqueue(charge, 1)

    def end():
        with capture():
            thread.start()
            assert entered.wait(10)
        ended.set()

    failures = []
    thread = threading.Thread(target=lambda: failures.extend(errors_of(serve)))
    end()
    thread.join()
    assert len(failures) == 1
    assert "ends after the scope around it" in str(failures[0])


def errors_of(work):
    try:
        work()
    except ScopeStateError as error:
        return [error]
    return []


def test_a_recording_inside_another_adds_to_it_when_it_ends(charge):
    with capture() as outer:
        first = airlock.enqueue(charge, 1)
        with capture() as inner:
            second = airlock.enqueue(charge, 2)
            with airlock.policy(DropAll()):
                gone = airlock.enqueue(charge, 3)
            assert (outer, inner) == ([first], [second])
        third = airlock.enqueue(charge, 4)
    assert inner == [second]
    assert outer == [first, second, third]
    assert [dropped.intent for dropped in inner.dropped] == [gone] == [dropped.intent for dropped in outer.dropped]


@pytest.mark.parametrize("process_wide", [True, False])
def test_a_recording_inside_a_scope_of_the_program_keeps_its_effects_from_it(charge, recorder, process_wide):
    with airlock.scope():
        airlock.enqueue(charge, 1)
        with capture(process_wide=process_wide) as effects:
            with airlock.scope():
                airlock.enqueue(charge, 2)
    assert [intent.args for intent in effects] == [(2,)]
    assert recorder.args == [(1,)]


def test_recordings_of_several_threads_may_end_in_any_order(charge):
    inside, leave = threading.Event(), threading.Event()

    def other():
        with capture():
            inside.set()
            assert leave.wait(10)

    thread = threading.Thread(target=other)
    with capture() as effects:
        thread.start()
        assert inside.wait(10)
    leave.set()
    thread.join()
    assert effects == []


def test_a_scope_that_is_left_open_is_reported_and_forgotten(charge):
    with pytest.raises(ScopeStateError, match=r"<Scope active, 1 intents> was left open .* holds charge\(1\)") as info:
        with capture():
            scope = airlock.scope().enter()
            airlock.enqueue(charge, 1)
    assert info.value.scope is scope


def test_an_empty_scope_that_is_left_open_is_reported():
    with pytest.raises(ScopeStateError, match="was left open while effects were recorded: nothing"):
        with capture(process_wide=False):
            airlock.scope().enter()


def test_a_local_policy_that_is_left_open_is_forgotten():
    with capture():
        airlock.policy(DropAll()).__enter__()
    assert get_region() is OUTSIDE


def test_a_scope_left_open_does_not_hide_what_went_wrong_before():
    with pytest.raises(ValueError) as info, capture():
        airlock.scope().enter()
        raise ValueError
    assert "was left open" in info.value.__notes__[0]


def test_a_scope_left_open_by_a_thread_that_has_ended_is_reported(charge):
    def forget():
        airlock.scope().enter()
        airlock.enqueue(charge, 1)

    with pytest.raises(ScopeStateError, match="was left open"), capture():
        in_a_thread(forget)


def test_a_scope_left_open_by_a_task_that_has_ended_is_reported(charge):
    async def forget():
        airlock.scope().enter()
        airlock.enqueue(charge, 1)
        airlock.enqueue(charge, 2)

    with pytest.raises(ScopeStateError, match="was left open"), capture():
        asyncio.run(forget())


def test_a_scope_that_a_running_task_will_leave_is_not_reported(charge):
    async def serve(leave):
        async with airlock.scope(executor=print):
            airlock.enqueue(charge, 1)
            await leave.wait()
        raise AssertionError("the recording has ended")

    async def main():
        leave = asyncio.Event()
        with capture() as effects:
            task = asyncio.create_task(serve(leave))
            await asyncio.sleep(0)
            assert len(effects.pending) == 1
        leave.set()
        with pytest.raises(ScopeStateError, match="ends after the scope around it"):
            await task

    asyncio.run(main())


def test_a_recording_may_end_in_another_context_than_it_began_in(charge):
    recorder = capture(process_wide=False)
    contextvars.copy_context().run(recorder.__enter__)
    recorder.__exit__(None, None, None)
    with pytest.raises(airlock.NoScopeError):
        airlock.enqueue(charge)


def test_what_a_policy_could_not_judge_stays_pending(charge):
    class Broken(airlock.AllowAll):
        def allows(self, intent):
            raise LookupError("no rule")

    with capture() as effects:
        with pytest.raises(LookupError), airlock.scope(policy=Broken()):
            intent = airlock.enqueue(charge, 1)
    assert [pending for pending, _ in effects.pending] == [intent]


def test_clearing_forgets_everything(charge):
    with capture() as effects:
        with airlock.scope(policy=BlockTasks({"charge"})):
            airlock.enqueue(charge)
        airlock.enqueue(charge)
        with airlock.scope():
            airlock.enqueue(charge)
            effects.clear()
            assert (effects, effects.dropped, effects.pending) == ([], [], [])
    assert len(effects) == 1
