"""Any mixture of scopes, transactions, crashes and relays: what the database has kept is sent, and nothing else."""

import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from itertools import count
from typing import Any

import pytest
from django.db import connections
from django.db.backends.signals import connection_created
from django_project.models import Entry
from hypothesis import HealthCheck, settings
from hypothesis.stateful import invariant, precondition, rule, run_state_machine_as_test
from hypothesis.strategies import booleans, integers, lists, sampled_from
from outbox_suites.killing import IN_A_RELAY, IN_A_WRITER, Killed, Killer, forget
from outbox_suites.writer import Desk, DownError, another, note, recorder, sent, turned_on
from scope_suites.blocks import Blocks
from scope_suites.shop import Undo

import airlock
from airlock.integrations.django.outbox._relay import Relay
from airlock.integrations.django.outbox._settings import required_settings
from airlock.integrations.django.outbox._signals import Stopping
from airlock.integrations.django.outbox.models import OutboxEntry

KINDS = lists(sampled_from(["sent", "dropped", "fails"]), min_size=1, max_size=7)
OFTEN = sampled_from([True, True, True, False])
WRITER_DIES = sampled_from([None] * len(IN_A_WRITER) + [*IN_A_WRITER])
RELAY_DIES = sampled_from([None] * len(IN_A_RELAY) + [*IN_A_RELAY])
OUTBOX = {"CHUNK_INTENTS": 2, "BATCH": 3, "BUDGET": 5, "MAX_ATTEMPTS": 1_000, "BACKOFF_MOST": 1}


class Process(Blocks):
    """The model is the database. Each intent has a row, which is written where it is enqueued, and each outermost scope
    one that is written where it ends: the intent is sent, sooner or later, if and only if both are there in the end.
    """

    shop: Desk
    killer: Killer

    def __init__(self) -> None:
        super().__init__()
        sent.clear()
        recorder.fails, recorder.before = {}, None
        self.numbers = count()
        self.scopes: list[Any] = []
        self.ids: dict[str, str] = {}
        self.scope_of: dict[str, str] = {}
        self.begun: list[str] = []
        self.was_killed = False

    @precondition(lambda self: len(self.scopes) < 3)
    @rule()
    def enter_scope(self) -> None:
        if not self.scopes:
            self.begun = []
        self.scopes.append(self.shop.scope(policy=airlock.BlockTasks({another})).enter())

    @precondition(lambda self: self.scopes)
    @rule(well=OFTEN, dies=WRITER_DIES, which=integers(1, 3))
    def leave_scope(self, well: bool = True, dies: str | None = None, which: int = 1) -> None:
        if not well:
            self.discard_scope()
            return
        if len(self.scopes) == 1 and self.can_query():
            name = f"scope {next(self.numbers)}"
            Entry.objects.using(self.shop.alias).create(text=name)
            self.scope_of.update(dict.fromkeys(self.begun, name))
            if self.blocks:
                self.uncommitted.update(self.begun)
        with self.dying(dies, which):
            scope = self.scopes.pop()
            scope.exit()
            scope.flush()

    def discard_scope(self) -> None:
        scope = self.scopes.pop()
        dropped = {intent.args[0] for intent in scope.intents}
        self.begun = [name for name in self.begun if name not in dropped]
        scope.exit()
        scope.discard()

    @precondition(lambda self: self.blocks)
    @rule(well=OFTEN, dies=WRITER_DIES, which=integers(1, 3))
    def leave_block(self, well: bool, dies: str | None = None, which: int = 1) -> None:
        block, _ = self.blocks.pop()
        if not self.blocks:
            self.uncommitted.clear()
        with self.dying(dies, which):
            block.__exit__(None if well else Undo, None if well else Undo(), None)

    @precondition(lambda self: self.scopes and self.can_query())
    @rule(kinds=KINDS)
    def order(self, kinds: list[str]) -> None:
        for kind in kinds:
            if kind == "dropped":
                airlock.enqueue(another, "dropped")
                continue
            name = f"{next(self.numbers)}"
            Entry.objects.using(self.shop.alias).create(text=name)
            if kind == "fails":
                recorder.fails[name] = OSError()
            self.ids[name] = airlock.enqueue(note, name).id.hex
            self.begun.append(name)
            if self.blocks:
                self.uncommitted.add(name)

    @precondition(lambda self: not self.scopes and self.can_query())
    @rule(kinds=KINDS, dies=WRITER_DIES, which=integers(1, 3))
    def order_in_a_scope(self, kinds: list[str], dies: str | None, which: int) -> None:
        self.enter_scope()
        self.order(kinds)
        self.leave_scope(True, dies, which)

    @precondition(lambda self: self.scopes and self.can_query())
    @rule(kinds=KINDS, well=booleans())
    def order_in_a_block(self, kinds: list[str], well: bool) -> None:
        self.enter_block(True)
        self.order(kinds)
        self.leave_block(well)

    @rule(what=sampled_from(["heals", "is down", "is up", "is killed"]))
    def something_happens(self, what: str) -> None:
        if what == "heals":
            recorder.fails.clear()
        elif what == "is killed":
            self.start_again()
        else:
            recorder.before = refuse if what == "is down" else None

    # While a transaction is open, nobody else writes of another on SQLite.
    @precondition(lambda self: not self.blocks or self.shop.connection.vendor != "sqlite")
    @rule(dies=RELAY_DIES, which=integers(1, 4))
    def relay_runs(self, dies: str | None = None, which: int = 1) -> None:
        self.killer.arm(dies, which)
        relay_runs(self.shop.alias, self.killer)
        self.was_killed |= self.killer.has_killed

    @invariant()
    def nothing_is_sent_before_the_commit(self) -> None:
        assert not self.uncommitted & set(self.shop.sent)

    @invariant()
    def nothing_is_sent_twice_unless_a_process_was_killed(self) -> None:
        names = self.shop.sent
        assert self.was_killed or len(names) == len(set(names))

    @invariant()
    def each_is_sent_under_the_id_it_was_enqueued_with(self) -> None:
        assert all(intent.id.hex == self.ids[intent.args[0]] for intent in sent)

    @invariant()
    def those_of_a_scope_are_sent_in_order(self) -> None:
        latest: dict[str, int] = {}
        for name in dict.fromkeys(self.shop.sent):
            scope = self.scope_of[name]
            assert latest.get(scope, -1) < int(name)
            latest[scope] = int(name)

    def teardown(self) -> None:
        while self.blocks:
            self.leave_block(True)
        while self.scopes:
            self.leave_scope()
        recorder.fails, recorder.before = {}, None
        for _ in range(100):
            if not self.shop.entries:
                break
            self.relay_runs()
        rows = set(self.shop.rows)
        self.shop.empty()
        expected = {name for name, scope in self.scope_of.items() if {name, scope} <= rows}
        assert set(self.shop.sent) == expected
        self.nothing_is_sent_twice_unless_a_process_was_killed()
        self.each_is_sent_under_the_id_it_was_enqueued_with()
        self.those_of_a_scope_are_sent_in_order()

    @contextmanager
    def dying(self, point: str | None, which: int) -> Generator[None, None, None]:
        """Do something during which the process may be killed."""
        self.killer.arm(point, which)
        with suppress(Killed):
            yield
        if self.killer.has_killed:
            self.start_again()
        self.killer.arm(None)

    def start_again(self) -> None:
        """Lose all that is in memory."""
        self.was_killed = True
        self.blocks.clear()
        self.scopes.clear()
        self.uncommitted.clear()
        forget(self.shop.alias)
        self.shop.connection = connections[self.shop.alias]


def refuse(_: object) -> None:
    raise DownError


def relay_runs(alias: str, killer: Killer) -> None:
    """Run a relay in a thread of its own until nothing is due; all leases are over."""
    errors: list[BaseException] = []

    def run() -> None:
        try:
            pending = OutboxEntry.objects.using(alias).filter(state=0)
            pending.filter(pk__in=list(pending.values_list("pk", flat=True))).update(due=1)
            Relay(alias, required_settings(), once=True, stopping=stopping).run()
        except BaseException as error:
            if not killer.has_killed:
                errors.append(error)
        finally:
            connections[alias].close()

    stopping = Stopping()
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    stopping.close()
    assert not errors


@pytest.fixture
def quick(desk: Desk) -> Generator[None, None, None]:
    """Let SQLite wait for no disk."""

    def hurry(connection: Any, **_: object) -> None:
        if connection.vendor == "sqlite":
            connection.cursor().execute("PRAGMA synchronous = OFF")

    connection_created.connect(hurry)
    desk.connection.close()
    yield
    connection_created.disconnect(hurry)


@pytest.fixture
def desk(alias: str) -> Generator[Desk, None, None]:
    """A desk on a database of each kind in turn."""
    before = connections[alias]
    before.close()
    del connections[alias]
    with turned_on(**OUTBOX):
        desk = Desk(alias)
        desk.empty()
        yield desk
        desk.empty()
        desk.connection.close()
    connections[alias] = before


@pytest.mark.usefixtures("quick")
def test_what_the_database_has_kept_is_sent_in_order_and_nothing_else(desk: Desk) -> None:
    killer = Killer(desk.alias)
    machine = type("Machine", (Process,), {"shop": desk, "killer": killer})
    examples = 60 if desk.connection.vendor == "sqlite" else 12
    slow = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    with killer.at_its_points():
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=examples, stateful_step_count=40, deadline=None, database=None, suppress_health_check=slow
            ),
        )
