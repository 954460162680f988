import asyncio
import contextvars

import pytest

import airlock
from airlock import DropAll, NoScopeError, Scope, ScopeStateError

ENDINGS = [KeyboardInterrupt, SystemExit, GeneratorExit, asyncio.CancelledError, ValueError]


@pytest.mark.parametrize("error", ENDINGS)
def test_any_exception_discards_and_propagates(error, charge, recorder):
    with pytest.raises(error), airlock.scope() as scope:
        airlock.enqueue(charge)
        raise error
    assert recorder.calls == []
    assert scope.is_discarded
    assert scope.undispatched == []


def test_leaving_a_scope_returns_none():
    scope = Scope().enter()
    assert scope.__exit__(None, None, None) is None


def test_a_return_flushes(charge, recorder):
    def checkout():
        with airlock.scope():
            airlock.enqueue(charge)
            return "paid"

    assert checkout() == "paid"
    assert recorder.names == ["charge"]


def test_should_flush_is_asked_with_what_ended_the_block(charge, recorder):
    class Forgiving(Scope):
        def should_flush(self, error):
            return error is None or isinstance(error, LookupError)

    with pytest.raises(KeyError), Forgiving():
        airlock.enqueue(charge, 1)
        raise KeyError
    with pytest.raises(ValueError), Forgiving():
        airlock.enqueue(charge, 2)
        raise ValueError
    with Forgiving():
        airlock.enqueue(charge, 3)
    assert recorder.args == [(1,), (3,)]


def test_a_verdict_that_raises_leaves_everything_undispatched(charge):
    class Broken(Scope):
        def should_flush(self, error):
            raise LookupError("no verdict")

    scope = Broken()
    with pytest.raises(LookupError, match="no verdict"), scope:
        intent = airlock.enqueue(charge)
    assert scope.undispatched == [intent]
    assert not scope.is_flushed
    assert not scope.is_discarded


def test_the_error_of_the_body_wins_over_one_on_the_way_out(charge):
    class Loud(Scope):
        def should_flush(self, error):
            return True

    def broken(intent):
        raise ConnectionError("no route")

    scope = Loud(executor=broken)
    with pytest.raises(ValueError) as caught, scope:
        intent = airlock.enqueue(charge, 7)
        raise ValueError("body")
    (note,) = caught.value.__notes__
    assert "ConnectionError('no route')" in note
    assert "charge(7)" in note
    assert scope.undispatched == [intent]


def test_a_hard_stop_during_the_flush_is_not_held_back_by_an_error_of_the_body(charge):
    class Loud(Scope):
        def should_flush(self, error):
            return True

    def interrupted(intent):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), Loud(executor=interrupted):
        airlock.enqueue(charge)
        raise ValueError


STEPS = {
    "not entered yet": lambda scope: None,
    "active": lambda scope: scope.enter(),
    "left, neither flushed nor discarded": lambda scope: (scope.enter(), scope.exit()),
    "flushed": lambda scope: (scope.enter(), scope.exit(), scope.flush()),
    "discarded": lambda scope: (scope.enter(), scope.exit(), scope.discard()),
}
IN_TURN = {
    ("not entered yet", "enter"),
    ("active", "exit"),
    ("left, neither flushed nor discarded", "flush"),
    ("left, neither flushed nor discarded", "aflush"),
    ("left, neither flushed nor discarded", "discard"),
}


@pytest.mark.parametrize("step", ["enter", "exit", "flush", "aflush", "discard"])
@pytest.mark.parametrize("state", STEPS)
def test_every_step_out_of_turn_is_an_error_that_says_which(state, step):
    def take(scope):
        outcome = getattr(scope, step)()
        if step == "aflush":
            asyncio.run(outcome)

    def run():
        scope = Scope()
        STEPS[state](scope)
        if (state, step) in IN_TURN:
            take(scope)
            return
        with pytest.raises(ScopeStateError, match=rf"{step}\(\) on <Scope {state}") as caught:
            take(scope)
        assert caught.value.scope is scope

    contextvars.copy_context().run(run)


def test_leaving_an_outer_scope_first_is_an_error_and_can_be_mended(charge, recorder):
    outer, inner = Scope().enter(), Scope().enter()
    airlock.enqueue(charge)
    with pytest.raises(ScopeStateError, match="leave the inner one first"):
        outer.exit()
    assert outer.is_active
    inner.exit()
    inner.flush()
    outer.exit()
    outer.flush()
    assert recorder.names == ["charge"]


def test_a_block_that_leaves_a_scope_open_says_so_and_sends_nothing(charge, recorder):
    outer = Scope()
    with pytest.raises(ScopeStateError, match="still open") as caught, outer:
        mine = airlock.enqueue(charge, 1)
        inner = Scope().enter()
        airlock.enqueue(charge, 2)
    assert caught.value.scope is outer
    assert outer.undispatched == [mine]
    assert airlock.get_current_scope() is None
    inner.exit()
    with pytest.raises(ScopeStateError):
        inner.flush()
    assert [intent.args for intent in inner.undispatched] == [(2,)]
    assert recorder.calls == []


def test_a_scope_left_open_in_a_failing_block_is_noted_on_its_error():
    with pytest.raises(ValueError) as caught, airlock.scope():
        Scope().enter()
        raise ValueError
    assert "still open" in caught.value.__notes__[0]


def test_generators_that_open_scopes_and_take_turns_are_told_why_that_fails():
    def values():
        with airlock.scope():
            yield 1
            yield 2

    with pytest.raises(ScopeStateError, match="opened in a generator stays open between two of its values"):
        list(zip(values(), values(), strict=True))
    assert airlock.get_current_scope() is None


def test_what_is_left_over_may_still_be_flushed_by_hand(charge, recorder):
    outer = Scope()
    with pytest.raises(ScopeStateError), outer:
        airlock.enqueue(charge)
        Scope().enter()
    outer.flush()
    assert recorder.names == ["charge"]
    assert outer.undispatched == []


def test_a_scope_shows_what_it_holds_at_any_time(charge, email):
    def broken(intent):
        if intent.task is email:
            raise ConnectionError

    scope = Scope(executor=broken)
    assert (scope.intents, scope.is_active, scope.is_flushed, scope.is_discarded) == ([], False, False, False)
    with pytest.raises(ConnectionError), scope:
        assert scope.is_active
        assert scope.parent is None
        first, second = airlock.enqueue(charge), airlock.enqueue(email)
        assert scope.intents == scope.own_intents == [first, second]
        assert scope.captured_intents == scope.dispatched == scope.undispatched == scope.uncertain == []
    assert scope.is_flushed
    assert scope.executor is broken
    assert (scope.dispatched, scope.undispatched, scope.uncertain) == ([first], [second], [])
    assert scope.intents == [first, second]


def test_the_lists_of_a_scope_are_copies(charge):
    with airlock.scope(policy=DropAll()) as scope:
        airlock.enqueue(charge)
        scope.intents.clear()
        assert len(scope.intents) == 1


def test_dropped_intents_are_listed_with_the_policy_that_said_no(charge, email):
    policy = airlock.BlockTasks({email})
    with airlock.scope(policy=policy) as scope:
        airlock.enqueue(charge)
        intent = airlock.enqueue(email)
        assert scope.dropped == []
    assert scope.dropped == [(intent, False, policy)]


def test_the_result_of_each_dispatch_is_kept():
    with airlock.scope(executor=lambda intent: f"message {intent.args[0]}") as scope:
        first, second = airlock.enqueue(print, 1), airlock.enqueue(print, 2)
        assert scope.results == {}
    assert scope.results == {first: "message 1", second: "message 2"}


def test_flush_returns_what_was_dispatched(charge, email):
    scope = Scope(policy=airlock.BlockTasks({"email"})).enter()
    intent = airlock.enqueue(charge)
    airlock.enqueue(email)
    scope.exit()
    assert scope.flush() == [intent]


def test_a_scope_class_may_take_arguments_of_its_own(charge, recorder):
    class Tenant(Scope):
        def __init__(self, tenant, **kwargs):
            super().__init__(**kwargs)
            self.tenant = tenant

    with airlock.scope(_cls=Tenant, tenant="acme") as scope:
        airlock.enqueue(charge)
    assert scope.tenant == "acme"
    assert recorder.names == ["charge"]


def test_a_scope_class_may_choose_another_moment_to_dispatch(charge, recorder):
    class Later(Scope):
        def dispatch_all(self, intents):
            self.later = lambda: super(Later, self).dispatch_all(intents)

    with Later() as scope:
        intent = airlock.enqueue(charge)
    assert recorder.calls == []
    assert (scope.dispatched, scope.undispatched) == ([], [intent])
    scope.later()
    assert recorder.names == ["charge"]
    assert (scope.dispatched, scope.undispatched) == ([intent], [])


@pytest.mark.parametrize("executor", [5, object(), type("Queue", (), {"__call__": print})])
def test_an_executor_that_is_none_is_refused_where_it_is_given(executor):
    with pytest.raises(TypeError, match="executor"):
        airlock.scope(executor=executor)
    with pytest.raises(TypeError, match="executor"):
        airlock.configure(executor=executor)


@pytest.mark.parametrize("policy", [DropAll, print, "drop", object()])
def test_a_policy_that_is_none_is_refused_where_it_is_given(policy):
    for give in (airlock.scope, airlock.policy, airlock.CompositePolicy, lambda given: airlock.configure(policy=given)):
        with pytest.raises(TypeError, match="policy"):
            give(policy)


def test_a_policy_class_given_for_its_instance_is_told_so():
    with pytest.raises(TypeError, match=r"write DropAll\(\)"):
        airlock.scope(policy=DropAll)


def test_no_scope_error_carries_the_task_and_names_the_cure(charge):
    with pytest.raises(NoScopeError, match=r"with airlock\.scope\(\)") as caught:
        airlock.enqueue(charge, 1)
    assert caught.value.task is charge


@pytest.mark.filterwarnings("error")
def test_calling_the_task_by_mistake_is_explained_and_leaves_no_warning():
    async def send(number): ...

    with airlock.scope() as scope:
        with pytest.raises(TypeError, match=r"not enqueue\(send\(1\)\)"):
            airlock.enqueue(send(1))
        assert scope.intents == []


def test_a_stale_scope_of_another_context_is_named_where_it_gets_in_the_way(charge):
    def leave_elsewhere():
        scope = Scope().enter()
        contextvars.Context().run(scope.exit)
        with pytest.raises(ScopeStateError, match=r"enqueue\(charge, ...\) was called inside .* has ended"):
            airlock.enqueue(charge)
        with pytest.raises(ScopeStateError, match=r"is entered inside .* has ended"):
            airlock.scope().enter()
        with airlock.policy(DropAll()), pytest.raises(ScopeStateError, match="has ended"):
            airlock.enqueue(charge)
        assert airlock.get_current_scope() is None

    contextvars.copy_context().run(leave_elsewhere)


def test_an_outer_scope_heals_a_context_that_still_holds_an_ended_inner_one(charge, recorder):
    with airlock.scope():
        inner = Scope().enter()
        contextvars.Context().run(inner.exit)
        inner.flush()
    assert airlock.get_current_scope() is None


def test_the_repr_tells_the_state(charge):
    with airlock.scope(policy=DropAll()) as scope:
        airlock.enqueue(charge)
        assert repr(scope) == "<Scope active, 1 intents>"
    assert repr(scope) == "<Scope flushed, 1 intents>"


class Withdrawing(airlock.Scope):
    """Never dispatches what has "wrong" among its arguments, whatever policies say."""

    def __init__(self, policy=None):
        super().__init__(policy, executor=lambda intent: intent.args)
        self.withdrawn = []

    def _withdrawn(self, intents):
        return [intent for intent in intents if "wrong" in intent.args]

    def _withdraw(self, intents):
        super()._withdraw(intents)
        self.withdrawn += intents


@pytest.mark.parametrize("local", [False, True], ids=["the scope's policy", "a local policy"])
def test_a_policy_is_not_asked_about_what_the_scope_must_never_dispatch(local):
    asked = []

    class Remembering(airlock.AllowAll):
        def allows(self, intent):
            asked.append(intent)
            return True

    policy = Remembering()
    with Withdrawing(None if local else policy) as scope, airlock.policy(policy if local else airlock.AllowAll()):
        wrong = airlock.enqueue(print, "wrong")
        right = airlock.enqueue(print, "right")
    assert (scope.withdrawn, asked, scope.dispatched) == ([wrong], [right], [right])
    assert scope.dropped == []
