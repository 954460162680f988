import asyncio
import contextvars
import gc

import pytest

import airlock
from airlock import AllowAll, BlockTasks, DropAll, Intent, Scope, ScopeStateError, UsageError


class Independent(Scope):
    """Lets everything through at once."""

    def before_descendant_flushes(self, exiting_scope, intents):
        return intents


class Holds(Scope):
    """Holds back the intents of some tasks."""

    def __init__(self, *names, **kwargs):
        super().__init__(**kwargs)
        self.names = names

    def before_descendant_flushes(self, exiting_scope, intents):
        return [intent for intent in intents if intent.name not in self.names]


def test_the_outermost_scope_has_the_last_word(charge, recorder):
    with pytest.raises(ValueError), airlock.scope():
        with airlock.scope(), airlock.scope():
            airlock.enqueue(charge)
        raise ValueError
    assert recorder.calls == []


def test_captured_intents_stand_where_their_scope_ended(charge, recorder):
    with airlock.scope():
        airlock.enqueue(charge, 1)
        with airlock.scope():
            airlock.enqueue(charge, 2)
            with airlock.scope():
                airlock.enqueue(charge, 3)
            airlock.enqueue(charge, 4)
        airlock.enqueue(charge, 5)
    assert recorder.args == [(1,), (2,), (3,), (4,), (5,)]


def test_each_scope_dispatches_with_its_own_executor(charge, email):
    captured, let_go = [], []
    with Holds("charge", executor=captured.append):
        with airlock.scope(executor=let_go.append):
            airlock.enqueue(charge)
            airlock.enqueue(email)
        assert [intent.name for intent in let_go] == ["email"]
    assert [intent.name for intent in captured] == ["charge"]


def test_ancestors_share_out_the_intents_nearest_first(charge, email, recorder):
    audit = recorder.task("audit")
    with Holds("charge") as root, Holds("email") as middle:
        with airlock.scope() as leaf:
            for task in (charge, email, audit):
                airlock.enqueue(task)
        assert [intent.name for intent in middle.captured_intents] == ["email"]
        assert [intent.name for intent in root.captured_intents] == ["charge"]
        assert [intent.name for intent in leaf.dispatched] == ["audit"]
        assert recorder.names == ["audit"]
    assert recorder.names == ["audit", "email", "charge"]


def test_ancestors_are_not_asked_about_what_is_held_already(charge):
    asked = []

    class Asks(Scope):
        def before_descendant_flushes(self, exiting_scope, intents):
            asked.append(exiting_scope)
            return intents

    with Asks(), airlock.scope():
        with airlock.scope():
            airlock.enqueue(charge)
        assert asked == []


def test_a_scope_judges_also_what_it_lets_through_at_once(charge, email, recorder):
    with Independent(policy=BlockTasks({"email"})) as outer:
        with airlock.scope() as inner:
            airlock.enqueue(charge)
            dropped = airlock.enqueue(email)
        assert recorder.names == ["charge"]
        assert inner.dropped == [(dropped, False, outer.policy)]
    assert recorder.names == ["charge"]


def test_the_order_of_what_may_go_stays_whatever_the_hook_does_with_the_list(charge, recorder):
    class Shuffles(Scope):
        def before_descendant_flushes(self, exiting_scope, intents):
            intents.reverse()
            return intents + intents

    with Shuffles(), airlock.scope():
        for number in range(3):
            airlock.enqueue(charge, number)
    assert recorder.args == [(0,), (1,), (2,)]


def test_nothing_is_asked_where_nothing_is_left(charge):
    class Fails(Scope):
        def before_descendant_flushes(self, exiting_scope, intents):
            raise AssertionError

    with Fails(), airlock.scope(policy=DropAll()):
        airlock.enqueue(charge)


@pytest.mark.parametrize("broken", ["raises", "returns None", "invents", "returns a tuple"])
def test_a_broken_hook_leaves_no_half_capture(broken, charge, email, recorder):
    class Broken(Scope):
        def before_descendant_flushes(self, exiting_scope, intents):
            if broken == "raises":
                raise LookupError
            return {"returns None": None, "invents": [Intent(charge)], "returns a tuple": tuple(intents)}[broken]

    inner = Scope()
    error = {"raises": LookupError, "invents": UsageError}.get(broken, TypeError)
    with Broken() as root, Holds("charge") as middle:
        with pytest.raises(error), inner:
            intents = [airlock.enqueue(charge), airlock.enqueue(email)]
        assert root.captured_intents == middle.captured_intents == []
        assert inner.undispatched == intents
    assert recorder.calls == []


def test_the_error_for_an_invented_intent_carries_it(charge):
    invented = Intent(charge, (7,))

    class Invents(Scope):
        def before_descendant_flushes(self, exiting_scope, intents):
            return [invented]

    with Invents() as outer:
        with pytest.raises(UsageError, match=r"Invents.before_descendant_flushes\(\) returned charge\(7\)") as caught:
            with airlock.scope():
                airlock.enqueue(charge)
        assert (caught.value.intent, caught.value.scope) == (invented, outer)


def test_something_that_is_no_intent_is_invented_too(charge):
    class Invents(Scope):
        def before_descendant_flushes(self, exiting_scope, intents):
            return ["charge"]

    with Invents(), pytest.raises(UsageError, match="charge"), airlock.scope():
        airlock.enqueue(charge)


def test_dropped_intents_stay_dropped_where_a_later_hook_raises(charge, email):
    class Broken(Scope):
        def before_descendant_flushes(self, exiting_scope, intents):
            raise LookupError

    inner = Scope()
    with Broken(), Independent(policy=BlockTasks({charge})), pytest.raises(LookupError), inner:
        dropped, left = airlock.enqueue(charge), airlock.enqueue(email)
    assert inner.undispatched == [left]
    assert [verdict.intent for verdict in inner.dropped] == [dropped]


def test_a_scope_that_outlives_its_parent_keeps_its_intents(charge, recorder):
    async def main():
        release = asyncio.Event()
        inner = Scope()

        async def late():
            async with inner:
                airlock.enqueue(charge, 1)
                await release.wait()

        async with airlock.scope():
            task = asyncio.create_task(late())
            await asyncio.sleep(0)
        release.set()
        with pytest.raises(ScopeStateError, match=r"ends after the scope around it.*charge\(1\)") as caught:
            await task
        assert caught.value.scope is inner
        assert [intent.args for intent in inner.undispatched] == [(1,)]
        assert inner.dispatched == []

    asyncio.run(main())
    assert recorder.calls == []


def test_a_scope_that_outlives_its_grandparent_keeps_what_its_parent_lets_through(charge):
    async def main():
        release = asyncio.Event()
        inner = Scope()

        async def late():
            with Independent():
                await release.wait()
                with pytest.raises(ScopeStateError, match="ends after"), inner:
                    airlock.enqueue(charge)

        async with airlock.scope():
            task = asyncio.create_task(late())
            await asyncio.sleep(0)
        release.set()
        await task
        assert len(inner.undispatched) == 1

    asyncio.run(main())


def test_what_a_nearer_scope_has_captured_stays_there_where_a_farther_one_ends_meanwhile(charge, email):
    class EndsMeanwhile(Scope):
        def before_descendant_flushes(self, exiting_scope, intents):
            contextvars.Context().run(self.exit)
            return []

    def race():
        root = EndsMeanwhile().enter()
        with Holds("email", policy=BlockTasks({email})) as middle:
            inner = Scope()
            with pytest.raises(ScopeStateError), inner:
                left, held = airlock.enqueue(charge), airlock.enqueue(email)
            assert middle.captured_intents == [held]
            assert inner.undispatched == [left]
        root.discard()

    contextvars.copy_context().run(race)


def test_an_empty_scope_may_outlive_its_parent():
    async def main():
        release = asyncio.Event()

        async def late():
            async with airlock.scope():
                await release.wait()

        async with airlock.scope():
            task = asyncio.create_task(late())
            await asyncio.sleep(0)
        release.set()
        await task

    asyncio.run(main())


def test_a_thousand_levels_work(charge, recorder):
    scopes = [Scope().enter() for _ in range(1_000)]
    airlock.enqueue(charge, "deepest")
    for level, scope in enumerate(reversed(scopes)):
        airlock.enqueue(charge, level)
        scope.exit()
        assert len(scope.intents) == level + 2
        scope.flush()
    assert recorder.args == [("deepest",), *((level,) for level in range(1_000))]
    del scopes, scope
    gc.collect()


def test_capture_moves_intents_without_looking_at_them(charge):
    """A level that captures does the same few steps, however much it captures."""
    import sys

    def calls_to_leave(count):
        outer, inner = Scope(policy=DropAll()).enter(), Scope().enter()
        for number in range(count):
            airlock.enqueue(charge, number)
        calls = 0

        def trace(frame, event, argument):
            nonlocal calls
            calls += event == "line"
            return trace

        before = sys.gettrace()
        sys.settrace(trace)
        inner.exit()
        inner.flush()
        sys.settrace(before)
        outer.exit()
        outer.discard()
        return calls

    assert calls_to_leave(1_000) == calls_to_leave(1)


def test_a_policy_of_an_outer_scope_judges_captured_intents_whatever_lies_between(charge, email, recorder):
    with airlock.scope(policy=BlockTasks({email})), airlock.scope(), airlock.scope(policy=AllowAll()):
        with airlock.policy(BlockTasks({"nothing"})):
            airlock.enqueue(charge)
            airlock.enqueue(email)
    assert recorder.names == ["charge"]


class TestPreview:
    def test_it_tells_for_each_intent_whether_it_would_go_and_who_says_no(self, charge, email):
        policy = BlockTasks({email})
        with airlock.scope(policy=policy) as scope:
            first, second = airlock.enqueue(charge), airlock.enqueue(email)
            verdicts = scope.preview()
        assert verdicts == [(first, True, None), (second, False, policy)]
        assert (verdicts[0].intent, verdicts[1].allowed, verdicts[1].policy) == (first, False, policy)

    def test_it_changes_nothing_however_often_it_is_asked(self, charge, recorder, caplog):
        caplog.set_level("INFO")
        policy = airlock.CompositePolicy(airlock.LogOnFlush(), airlock.DropDuplicates(), airlock.LimitIntents(9))
        with airlock.scope(policy=policy) as scope:
            airlock.enqueue(charge, 1)
            airlock.enqueue(charge, 1)
            for _ in range(3):
                assert [verdict.allowed for verdict in scope.preview()] == [True, False]
            assert recorder.calls == []
            assert not caplog.records
        assert recorder.args == [(1,)]
        assert len(caplog.records) == 2

    def test_it_remembers_what_the_policy_has_seen_already(self, charge):
        with Independent(policy=airlock.DropDuplicates()) as outer:
            for argument in (1, [1], bytearray(b"x")):
                with airlock.scope():
                    airlock.enqueue(charge, argument)
            for argument in (1, [1], bytearray(b"x"), 2):
                airlock.enqueue(charge, argument)
            assert [verdict.allowed for verdict in outer.preview()] == [False, False, False, True]

    def test_it_asks_local_and_outer_policies_too(self, charge, email):
        with airlock.scope(policy=BlockTasks({"email"})), airlock.scope() as inner:
            airlock.enqueue(email)
            with airlock.policy(DropAll()):
                airlock.enqueue(charge)
            airlock.enqueue(charge)
            deciding = [repr(verdict.policy) for verdict in inner.preview()]
        assert deciding == ["BlockTasks({'email'})", "DropAll()", "None"]

    def test_captured_intents_are_not_judged_again_by_the_policies_they_have_passed(self, charge):
        class Once(AllowAll):
            def for_preview(self):
                return DropAll()

        with airlock.scope() as outer:
            with airlock.scope(policy=Once()), airlock.policy(Once()):
                airlock.enqueue(charge)
            assert [verdict.allowed for verdict in outer.preview()] == [True]

    def test_its_text_is_a_tree(self, charge, email):
        class Checkout(Scope): ...

        with Checkout(policy=BlockTasks({"email"})) as scope:
            airlock.enqueue(charge, 7, currency="EUR")
            with airlock.scope():
                airlock.enqueue(charge, 8)
                with airlock.scope():
                    airlock.enqueue(email)
            airlock.enqueue(email, user_id=3)
            text = str(scope.preview())
        assert text.replace(Checkout.__qualname__, "Checkout") == (
            "Checkout: 2 to dispatch, 2 to drop\n"
            "|-- dispatch charge(7, currency='EUR')\n"
            "|-- captured from Scope\n"
            "|   |-- dispatch charge(8)\n"
            "|   `-- captured from Scope\n"
            "|       `-- drop     email()  [BlockTasks({'email'})]\n"
            "`-- drop     email(user_id=3)  [BlockTasks({'email'})]"
        )

    def test_its_text_can_be_cut_short(self, charge):
        with airlock.scope(policy=DropAll()) as scope:
            for number in range(1_500):
                airlock.enqueue(charge, number)
            lines = scope.preview().tree(limit=2).splitlines()
        assert len(lines) == 4
        assert lines[0] == "Scope: 0 to dispatch, 1,500 to drop"
        assert lines[-1] == "... and 1,498 more"

    def test_it_names_the_member_of_a_composite_that_says_no(self, charge):
        no = DropAll()
        policy = airlock.CompositePolicy(AllowAll(), airlock.CompositePolicy(airlock.DropDuplicates(), no))
        with airlock.scope(policy=policy) as scope:
            airlock.enqueue(charge)
            assert [verdict.policy for verdict in scope.preview()] == [no]
        assert [repr(verdict.policy) for verdict in scope.dropped] == ["DropAll()"]

    def test_it_stays_available_after_the_end(self, charge):
        with airlock.scope(policy=DropAll()) as scope:
            airlock.enqueue(charge)
        assert [verdict.allowed for verdict in scope.preview()] == [False]

    def test_a_policy_cannot_enqueue_from_it(self, charge):
        class Greedy(AllowAll):
            def allows(self, intent):
                airlock.enqueue(charge)

        scope = airlock.scope(policy=Greedy())
        with pytest.raises(airlock.PolicyEnqueueError), scope:
            airlock.enqueue(charge)
            with pytest.raises(airlock.PolicyEnqueueError):
                scope.preview()
