"""Random programs against a short model: every intent ends in exactly one place, the one that the model says."""

import asyncio
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import airlock
from airlock import AllowAll, CompositePolicy, DropAll, Intent, Scope

PARITIES = ("all", "none", "even", "odd")


def matches(rule: str, number: int) -> bool:
    return {"all": True, "none": False, "even": number % 2 == 0, "odd": number % 2 == 1}[rule]


class Rule(AllowAll):
    """A policy over the number that each intent of these programs carries."""

    def __init__(self, rule: str) -> None:
        self.rule = rule

    def allows(self, intent: Intent) -> bool:
        return matches(self.rule, intent.args[0])


def policy_for(rule: str) -> airlock.Policy | None:
    return {"all": None, "none": DropAll(), "even": CompositePolicy(Rule("even")), "odd": Rule("odd")}[rule]


class ProgramError(Exception): ...


@dataclass(frozen=True)
class Enqueue: ...


@dataclass(frozen=True)
class Local:
    rule: str
    body: tuple[object, ...]


@dataclass(frozen=True)
class Nested:
    rule: str
    hook: str  # which intents of descendants it lets go; "none" captures all, "default" does not override
    ending: str  # "normal", "error", "flush anyway", "discard"
    fails_at: int | None  # the executor refuses the intent of this number
    persistent: bool
    body: tuple[object, ...]
    imperative: bool


def nested(bodies: st.SearchStrategy[tuple[object, ...]]) -> st.SearchStrategy[Nested]:
    return st.builds(
        Nested,
        rule=st.sampled_from(PARITIES),
        hook=st.sampled_from(("default", "default", "all", "none", "even", "odd", "raises")),
        ending=st.sampled_from(("normal", "normal", "normal", "error", "flush anyway", "discard")),
        fails_at=st.none() | st.integers(0, 12),
        persistent=st.booleans(),
        body=bodies,
        imperative=st.booleans(),
    )


def statements(bodies: st.SearchStrategy[tuple[object, ...]]) -> st.SearchStrategy[tuple[object, ...]]:
    local = st.builds(Local, rule=st.sampled_from(PARITIES), body=bodies)
    return st.lists(st.just(Enqueue()) | local | nested(bodies), max_size=5).map(tuple)


bodies = st.recursive(st.lists(st.just(Enqueue()), max_size=4).map(tuple), statements, max_leaves=25)
programs = nested(bodies)


class Refused(Exception): ...


class HookError(Exception): ...


class Programmed(Scope):
    def __init__(self, plan: Nested) -> None:
        self.plan = plan
        self.stop_on_failure = not plan.persistent
        super().__init__(policy_for(plan.rule), executor=self.send)

    def send(self, intent: Intent) -> int:
        if intent.args[0] == self.plan.fails_at:
            raise Refused
        return intent.args[0]

    def should_flush(self, error: BaseException | None) -> bool:
        if self.plan.ending == "discard":
            return False
        return error is None or self.plan.ending == "flush anyway"


class Asks(Programmed):
    def before_descendant_flushes(self, exiting_scope: Scope, intents: list[Intent]) -> list[Intent]:
        if self.plan.hook == "raises":
            raise HookError
        return [intent for intent in intents if matches(self.plan.hook, intent.args[0])]


@dataclass
class Model:
    """What should become of the intents of one scope."""

    plan: Nested
    parent: "Model | None"
    buffer: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)  # local rules of own ones still to be asked
    dispatched: list[int] = field(default_factory=list)
    dropped: list[int] = field(default_factory=list)
    undispatched: list[int] = field(default_factory=list)
    gone_up: list[int] = field(default_factory=list)
    discarded: list[int] = field(default_factory=list)

    def flush(self) -> None:
        left = []
        for number, local in self.buffer:
            allowed = all(matches(rule, number) for rule in (*local, self.plan.rule))
            (left if allowed else self.dropped).append(number)
        captures: list[tuple[Model, list[int]]] = []
        ancestor = self.parent
        judged = list(left)
        while ancestor is not None and left:
            hook = ancestor.plan.hook
            if hook == "raises":
                self.undispatched = [number for number in judged if number not in self.dropped]
                return
            go = [number for number in left if hook != "default" and matches(hook, number)]
            captures.append((ancestor, [number for number in left if number not in go]))
            left = [number for number in go if matches(ancestor.plan.rule, number)]
            self.dropped += [number for number in go if number not in left]
            ancestor = ancestor.parent
        for captor, held in captures:
            captor.buffer += [(number, ()) for number in held]
            self.gone_up += held
        for position, number in enumerate(left):
            if number != self.plan.fails_at:
                self.dispatched.append(number)
            elif self.plan.persistent:
                self.undispatched.append(number)
            else:
                self.undispatched = left[position:]
                return

    def discard(self) -> None:
        self.discarded = [number for number, _ in self.buffer]

    def end(self, error: bool) -> None:
        flushes = self.plan.ending != "discard" and (not error or self.plan.ending == "flush anyway")
        self.flush() if flushes else self.discard()


class Machine:
    """Runs a program for real and on the model, side by side."""

    def __init__(self) -> None:
        self.numbers = itertools.count()
        self.pairs: list[tuple[Programmed, Model]] = []
        self.intents: list[Intent] = []
        self.local: tuple[str, ...] = ()

    def start(self, plan: Nested, parent: Model | None) -> tuple[Programmed, Model]:
        pair = ((Programmed if plan.hook == "default" else Asks)(plan), Model(plan, parent))
        self.pairs.append(pair)
        return pair

    def enqueue(self, model: Model) -> None:
        number = next(self.numbers)
        self.intents.append(airlock.enqueue(print, number))
        model.buffer.append((number, self.local))

    @contextmanager
    def region(self, rule: str) -> Iterator[None]:
        before, self.local = self.local, (rule, *self.local)
        try:
            with airlock.policy(policy_for(rule) or AllowAll()):
                yield
        finally:
            self.local = before

    def check(self) -> None:
        ends: dict[int, int] = dict.fromkeys(range(len(self.intents)), 0)
        for scope, model in self.pairs:
            found = {
                "dispatched": [intent.args[0] for intent in scope.dispatched],
                "undispatched": [intent.args[0] for intent in scope.undispatched],
                "dropped": sorted(verdict.intent.args[0] for verdict in scope.dropped),
                "buffered": [intent.args[0] for intent in scope.intents],
                "results": [scope.results[intent] for intent in scope.dispatched],
            }
            assert found == {
                "dispatched": model.dispatched,
                "undispatched": model.undispatched,
                "dropped": sorted(model.dropped),
                "buffered": [number for number, _ in model.buffer],
                "results": model.dispatched,
            }
            assert scope.uncertain == []
            for number in (*model.dispatched, *model.undispatched, *model.dropped, *model.discarded):
                ends[number] += 1
        assert all(count == 1 for count in ends.values())
        assert airlock.get_current_scope() is None


EXPECTED = (Refused, HookError, ExceptionGroup)


def run_plainly(machine: Machine, plan: Nested, parent: Model | None) -> None:
    scope, model = machine.start(plan, parent)
    failed = plan.ending in ("error", "flush anyway")
    if plan.imperative:
        scope.enter()
        run_body(machine, plan.body, model)
        scope.exit()
        model.end(error=False)
        with suppress(*EXPECTED):
            scope.discard() if plan.ending == "discard" else scope.flush()
        return
    with suppress(*((ProgramError,) if failed else EXPECTED)):
        with scope:
            run_body(machine, plan.body, model)
            if failed:
                raise ProgramError
    model.end(error=failed)


def run_body(machine: Machine, body: tuple[object, ...], model: Model) -> None:
    for statement in body:
        if isinstance(statement, Enqueue):
            machine.enqueue(model)
        elif isinstance(statement, Local):
            with machine.region(statement.rule):
                run_body(machine, statement.body, model)
        elif isinstance(statement, Nested):
            run_plainly(machine, statement, model)


async def run_async(machine: Machine, plan: Nested, parent: Model | None) -> None:
    scope, model = machine.start(plan, parent)
    failed = plan.ending in ("error", "flush anyway")
    if plan.imperative:
        scope.enter()
        await run_async_body(machine, plan.body, model)
        scope.exit()
        model.end(error=False)
        with suppress(*EXPECTED):
            scope.discard() if plan.ending == "discard" else await scope.aflush()
        return
    with suppress(*((ProgramError,) if failed else EXPECTED)):
        async with scope:
            await run_async_body(machine, plan.body, model)
            if failed:
                raise ProgramError
    model.end(error=failed)


async def run_async_body(machine: Machine, body: tuple[object, ...], model: Model) -> None:
    for statement in body:
        await asyncio.sleep(0)
        if isinstance(statement, Enqueue):
            machine.enqueue(model)
        elif isinstance(statement, Local):
            with machine.region(statement.rule):
                await run_async_body(machine, statement.body, model)
        elif isinstance(statement, Nested):
            await run_async(machine, statement, model)


def in_plain_code(machine: Machine, plan: Nested) -> None:
    run_plainly(machine, plan, None)


def in_coroutines(machine: Machine, plan: Nested) -> None:
    asyncio.run(run_async(machine, plan, None))


@pytest.mark.parametrize("run", [in_plain_code, in_coroutines])
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=programs)
def test_every_intent_ends_where_the_model_says_and_nowhere_else(
    run: Callable[[Machine, Nested], None], plan: Nested
) -> None:
    machine = Machine()
    run(machine, plan)
    machine.check()
