import logging
from collections import Counter, OrderedDict, defaultdict, namedtuple
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

import pytest

import airlock
from airlock import (
    AllowAll,
    AllowTasks,
    AssertNoEffects,
    BlockTasks,
    CompositePolicy,
    DropAll,
    DropDuplicates,
    Intent,
    LimitIntents,
    LogOnFlush,
    PolicyEnqueueError,
    PolicyViolation,
    UsageError,
)


class Watcher(AllowAll):
    """Notes what it is asked, under a label."""

    def __init__(self, label, log, answer=True):
        self.label, self.log, self.answer = label, log, answer

    def on_enqueue(self, intent):
        self.log.append((self.label, "on_enqueue"))

    def allows(self, intent):
        self.log.append((self.label, "allows"))
        return self.answer


def test_on_enqueue_is_called_innermost_first(charge):
    log = []
    with airlock.scope(policy=Watcher("outer", log)), airlock.scope(policy=Watcher("inner", log)):
        with airlock.policy(Watcher("far", log)), airlock.policy(Watcher("near", log)):
            airlock.enqueue(charge)
        assert log == [(label, "on_enqueue") for label in ("near", "far", "inner", "outer")]


def test_allows_is_asked_once_by_each_policy_when_its_own_scope_flushes(charge):
    log = []
    with airlock.scope(policy=Watcher("outer", log)):
        with airlock.scope(policy=Watcher("inner", log)):
            with airlock.policy(Watcher("far", log)), airlock.policy(Watcher("near", log)):
                airlock.enqueue(charge)
            log.clear()
        assert log == [(label, "allows") for label in ("near", "far", "inner")]
        log.clear()
    assert log == [("outer", "allows")]


def test_a_policy_is_not_asked_about_what_another_has_dropped(charge):
    log = []
    with airlock.scope(policy=Watcher("outer", log)), airlock.scope(policy=Watcher("inner", log)):
        with airlock.policy(DropAll()):
            airlock.enqueue(charge)
        log.clear()
    assert log == []


def test_a_policy_that_refuses_leaves_nothing_buffered_in_any_scope(charge):
    with airlock.scope(policy=AssertNoEffects()) as outer, airlock.scope() as inner:
        with pytest.raises(PolicyViolation) as caught:
            airlock.enqueue(charge, 1)
        assert inner.intents == outer.intents == []
    assert caught.value.intent.args == (1,)
    assert caught.value.task is charge
    assert isinstance(caught.value.policy, AssertNoEffects)


def test_a_policy_that_raises_at_the_flush_leaves_what_it_did_not_drop_undispatched(charge, email, recorder):
    class Breaks(AllowAll):
        def allows(self, intent):
            if intent.task is email:
                return False
            raise LookupError("no answer")

    scope = airlock.scope(policy=Breaks())
    with pytest.raises(LookupError), scope:
        airlock.enqueue(email)
        intent = airlock.enqueue(charge)
    assert scope.undispatched == [intent]
    assert [verdict.intent.name for verdict in scope.dropped] == ["email"]
    assert recorder.calls == []


@pytest.mark.parametrize("moment", ["on_enqueue", "allows"])
def test_an_error_of_a_policys_own_names_the_policy_and_the_intent(moment, charge):
    class Tenants(AllowAll): ...

    def look_up(self, intent):
        return {}["tenant"]

    setattr(Tenants, moment, look_up)
    with pytest.raises(KeyError) as caught, airlock.scope(policy=Tenants()):
        airlock.enqueue(charge, 7)
    assert caught.value.__notes__[0] == "airlock: raised by Tenants(), asked about charge(7)"


@pytest.mark.parametrize("moment", ["on_enqueue", "allows"])
@pytest.mark.parametrize("through", ["directly", "a scope of its own", "a local policy"])
def test_a_policy_can_enqueue_neither_directly_nor_in_a_roundabout_way(moment, through, charge, email, recorder):
    def enqueue(self, intent):
        if through == "directly":
            airlock.enqueue(email)
        elif through == "a scope of its own":
            with airlock.scope():
                airlock.enqueue(email)
        else:
            with airlock.policy(AllowAll()):
                airlock.enqueue(email)

    greedy = type("Greedy", (AllowAll,), {moment: enqueue})()
    scope = airlock.scope(policy=greedy)
    with pytest.raises(PolicyEnqueueError, match="email"), scope:
        airlock.enqueue(charge)
    assert recorder.calls == []


def test_a_policy_may_open_a_scope_in_which_nothing_is_enqueued(charge, recorder):
    class Careful(AllowAll):
        def allows(self, intent):
            with airlock.scope() as scope:
                return scope.intents == []

    with airlock.scope(policy=Careful()):
        airlock.enqueue(charge)
    assert recorder.names == ["charge"]


def test_a_policy_sees_the_scope_it_is_asked_in(charge):
    seen = []

    class Curious(AllowAll):
        def on_enqueue(self, intent):
            seen.append(airlock.get_current_scope())

    with airlock.scope(policy=Curious()) as scope:
        airlock.enqueue(charge)
        assert airlock.get_current_scope() is scope
    assert seen == [scope]


def test_a_policy_that_remembers_starts_fresh_in_every_scope_and_region(charge, recorder):
    policy = DropDuplicates()
    for _ in range(2):
        with airlock.scope(policy=policy):
            airlock.enqueue(charge, 1)
            airlock.enqueue(charge, 1)
    local = airlock.policy(policy)
    with airlock.scope():
        for _ in range(2):
            with local:
                airlock.enqueue(charge, 2)
                airlock.enqueue(charge, 2)
    assert recorder.args == [(1,), (1,), (2,), (2,)]


def test_fresh_must_return_a_policy():
    class Broken(AllowAll):
        def fresh(self):
            return None

    with pytest.raises(TypeError, match="None is not a policy"):
        airlock.scope(policy=Broken()).enter()


def ship(order): ...


class Shop:
    def close(self, day): ...


class QueueTask:
    """Shaped like a queue's task object: a name given by the queue, the function inside."""

    def __init__(self, function, name):
        self.fn, self.name = function, name

    def __call__(self, *args): ...


shop = Shop()
queue_task = QueueTask(ship, "warehouse.tasks.ship_order")


@pytest.mark.parametrize(
    ("spelling", "task"),
    [
        ("ship", ship),
        (f"{__name__}:ship", ship),
        (f"{__name__}.ship", ship),
        (ship, ship),
        (ship, partial(ship, 1)),
        ("ship", partial(ship, 1)),
        ("close", shop.close),
        (f"{__name__}.Shop.close", shop.close),
        (shop.close, shop.close),
        (Shop.close, shop.close),
        ("Shop", Shop),
        (Shop, Shop),
        ("Shop", Shop()),
        ("ship_order", queue_task),
        ("warehouse.tasks.ship_order", queue_task),
        (f"{__name__}:ship", queue_task),
        (queue_task, queue_task),
        ("builtins.print", print),
    ],
)
def test_a_task_answers_to_each_of_its_names(spelling, task):
    assert not BlockTasks({spelling}).allows(Intent(task))
    assert AllowTasks([spelling]).allows(Intent(task))
    assert BlockTasks({spelling}).allows(Intent(len))
    assert not AllowTasks([spelling]).allows(Intent(len))


def test_a_lambda_is_no_way_to_name_a_task():
    with pytest.raises(TypeError, match="BlockTasks was given a lambda"):
        BlockTasks([lambda intent: True])


@pytest.mark.parametrize("wrong", ["ship", ship, None, 5, [None], {5}])
@pytest.mark.parametrize("policy", [BlockTasks, AllowTasks])
def test_tasks_must_come_as_a_collection_of_tasks_and_names(policy, wrong):
    with pytest.raises(TypeError, match=policy.__name__):
        policy(wrong)


def test_block_tasks_can_raise_at_the_line(charge, email):
    policy = BlockTasks({"charge"}, raise_on_enqueue=True)
    with airlock.scope(policy=policy) as scope:
        airlock.enqueue(email)
        with pytest.raises(PolicyViolation, match=r"charge\(3\)"):
            airlock.enqueue(charge, 3)
        assert len(scope.intents) == 1


def test_assert_no_effects_lets_nothing_pass_that_it_did_not_see():
    assert not AssertNoEffects().allows(Intent(ship, (1,)))


def test_log_on_flush_uses_the_logger_it_is_given(charge, caplog):
    with caplog.at_level(logging.INFO), airlock.scope(policy=LogOnFlush(logging.getLogger("shop"))):
        airlock.enqueue(charge, 42)
    (record,) = caplog.records
    assert (record.name, record.levelno, record.getMessage()) == ("shop", logging.INFO, "charge(42)")


def test_a_composite_shows_the_intent_to_all_and_asks_until_one_says_no(charge):
    log = []
    first, second, third = Watcher("first", log), Watcher("second", log, answer=False), Watcher("third", log)
    with airlock.scope(policy=CompositePolicy(first, AllowAll(), second, third)):
        airlock.enqueue(charge)
    asked = [("first", "allows"), ("second", "allows")]
    assert log == [(label, "on_enqueue") for label in ("first", "second", "third")] + asked


def test_a_composite_is_asked_like_any_policy_when_somebody_else_asks_it(caplog):
    caplog.set_level(logging.INFO)
    composite = CompositePolicy(LogOnFlush(), BlockTasks({"ship"}))
    assert composite.allows(Intent(len))
    assert not composite.allows(Intent(ship))
    assert len(caplog.records) == 2
    assert not composite.for_preview().allows(Intent(ship))
    assert len(caplog.records) == 2


def test_a_composite_renews_what_it_holds(charge, recorder):
    composite = CompositePolicy(LogOnFlush(), DropDuplicates())
    for _ in range(2):
        with airlock.scope(policy=composite):
            airlock.enqueue(charge, 1)
            airlock.enqueue(charge, 1)
    assert recorder.args == [(1,), (1,)]


def test_a_limit_raises_at_the_intent_that_is_one_too_many(charge, recorder):
    with airlock.scope(policy=LimitIntents(2)):
        airlock.enqueue(charge, 1)
        with airlock.scope():
            airlock.enqueue(charge, 2)
            with pytest.raises(PolicyViolation, match=r"charge\(3\).*LimitIntents\(2\)"):
                airlock.enqueue(charge, 3)
    assert recorder.args == [(1,), (2,)]


def test_a_limit_counts_anew_in_every_scope(charge, recorder):
    airlock.configure(policy=LimitIntents(1))
    for number in range(3):
        with airlock.scope():
            airlock.enqueue(charge, number)
    assert recorder.args == [(0,), (1,), (2,)]


@pytest.mark.parametrize(("limit", "error"), [(-1, ValueError), (1.5, TypeError), ("3", TypeError), (True, TypeError)])
def test_a_limit_is_a_whole_number_from_zero_on(limit, error):
    with pytest.raises(error, match="LimitIntents"):
        LimitIntents(limit)


@pytest.mark.parametrize(
    ("policy", "text"),
    [
        (AllowAll(), "AllowAll()"),
        (DropAll(), "DropAll()"),
        (AssertNoEffects(), "AssertNoEffects()"),
        (BlockTasks({"b", "a"}), "BlockTasks({'a', 'b'})"),
        (BlockTasks([ship], raise_on_enqueue=True), "BlockTasks({ship}, raise_on_enqueue=True)"),
        (AllowTasks(["ship"]), "AllowTasks({'ship'})"),
        (LogOnFlush(), "LogOnFlush()"),
        (LogOnFlush(logging.getLogger("shop")), "LogOnFlush('shop')"),
        (CompositePolicy(DropAll(), LimitIntents(3)), "CompositePolicy(DropAll(), LimitIntents(3))"),
        (DropDuplicates(), "DropDuplicates()"),
    ],
)
def test_every_policy_shows_what_it_does(policy, text):
    assert repr(policy) == text


Point = namedtuple("Point", "x")


@dataclass
class Unhashable:
    value: object


class Surrounded(list):
    """Equal whatever is in it."""

    def __eq__(self, other):
        return isinstance(other, Surrounded)

    __hash__ = None


SAME = [
    (1, 1),
    ("a", "a"),
    ([1, [2]], [1, [2]]),
    ({"a": [1], "b": 2}, {"b": 2, "a": [1]}),
    ({1, 2}, {2, 1}),
    (frozenset({1}), frozenset({1})),
    (Point(1), Point(1)),
    (Unhashable([1]), Unhashable([1])),
    (bytearray(b"x"), bytearray(b"x")),
    (Decimal("1.0"), Decimal("1.00")),
    (defaultdict(list, a=[1]), defaultdict(list, a=[1])),
    (OrderedDict(a=[1]), OrderedDict(a=[1])),
    (Counter("aab"), Counter("aba")),
    (Surrounded([1]), Surrounded([2])),
    (partial(ship, [1]), partial(ship, [1])),
    (shop.close, shop.close),
]
DIFFERENT = [
    (1, True),
    (1, 1.0),
    ([1], [True]),
    ([1], (1,)),
    ((1, 2), (1, 2.0)),
    (Point(1), Point(True)),
    (Point(1), (1,)),
    ({"a": 1}, {"a": 1.0}),
    ({1: "a"}, {True: "a"}),
    ({1}, {True}),
    ({1}, frozenset({1})),
    ({}, OrderedDict()),
    (OrderedDict(a=1, b=2), OrderedDict(b=2, a=1)),
    (Unhashable([1]), Unhashable([2])),
    ([Unhashable(1)], [Unhashable(2)]),
    (b"x", bytearray(b"x")),
    (partial(ship, 1), partial(ship, 2)),
    (Shop().close, Shop().close),
    (object(), object()),
]


@pytest.mark.parametrize(("first", "second"), SAME)
def test_equal_values_of_one_type_are_duplicates(first, second):
    policy = DropDuplicates()
    assert [policy.allows(Intent(ship, (value,))) for value in (first, second)] == [True, False]


@pytest.mark.parametrize(("first", "second"), DIFFERENT)
def test_values_that_differ_or_are_of_another_type_are_no_duplicates(first, second):
    policy = DropDuplicates()
    assert [policy.allows(Intent(ship, (value,))) for value in (first, second)] == [True, True]


def test_task_keywords_and_options_count_too():
    policy = DropDuplicates()
    intents = [
        Intent(ship),
        Intent(shop.close),
        Intent(ship, (1,)),
        Intent(ship, (), {"order": 1}),
        Intent(ship, (), {}, {"countdown": 5}),
        Intent(ship, (), {}, {"countdown": 6}),
    ]
    assert all(policy.allows(intent) for intent in intents)
    assert not any(policy.allows(intent) for intent in intents)


def test_the_first_of_the_duplicates_wins(charge, recorder):
    with airlock.scope(policy=DropDuplicates()):
        for number in (1, 2, 1, 3, 2):
            airlock.enqueue(charge, number)
    assert recorder.args == [(1,), (2,), (3,)]


def test_an_argument_that_contains_itself_is_no_duplicate():
    knot = []
    knot.append(knot)
    policy = DropDuplicates()
    assert policy.allows(Intent(ship, (knot,)))
    assert policy.allows(Intent(ship, (knot,)))


def test_finding_duplicates_asks_each_value_for_its_hash_a_fixed_number_of_times():
    class Counted:
        hashed = 0

        def __init__(self, number):
            self.number = number

        def __hash__(self):
            Counted.hashed += 1
            return hash(self.number)

        def __eq__(self, other):
            Counted.hashed += 1
            return self.number == other.number

    def cost(count):
        Counted.hashed = 0
        policy = DropDuplicates()
        for number in range(count):
            policy.allows(Intent(ship, ([Counted(number), {"key": Counted(-number)}],)))
        return Counted.hashed / count

    assert cost(2_000) == pytest.approx(cost(200), rel=0.2)


def test_every_error_of_the_library_has_one_root():
    assert issubclass(PolicyEnqueueError, UsageError)
    for error in (UsageError, airlock.NoScopeError, airlock.ScopeStateError, PolicyViolation):
        assert issubclass(error, airlock.AirlockError)
        assert error.__module__ == "airlock"
