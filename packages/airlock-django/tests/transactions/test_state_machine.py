"""Any mixture of scopes, blocks and savepoints: what goes out is what the database has kept."""

from itertools import count
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis.stateful import invariant, precondition, rule, run_state_machine_as_test
from scope_suites.blocks import Blocks
from scope_suites.shop import Shop, names


class Transactions(Blocks):
    """The model is the database: each intent has a row beside it, and goes out if and only if that is there in the end.

    Scopes and blocks are entered and left independently of each other.
    """

    def __init__(self) -> None:
        super().__init__()
        self.shop.sent.clear()
        self.numbers = count()
        self.scopes: list[Any] = []
        self.left: list[Any] = []

    @precondition(lambda self: len(self.scopes) < 4)
    @rule()
    def enter_scope(self) -> None:
        self.scopes.append(self.shop.scope().enter())

    @precondition(lambda self: self.scopes)
    @rule()
    def leave_scope(self) -> None:
        scope = self.scopes.pop()
        scope.exit()
        scope.flush()
        if not self.scopes:
            self.left.append(scope)

    @precondition(lambda self: self.scopes and self.can_query())
    @rule()
    def order(self) -> None:
        name = str(next(self.numbers))
        self.shop.order(name)
        if self.blocks:
            self.uncommitted.add(name)

    @invariant()
    def nothing_goes_out_before_the_commit(self) -> None:
        assert not self.uncommitted & set(self.shop.sent)

    @invariant()
    def one_hook_is_enough(self) -> None:
        assert len(self.shop.connection.run_on_commit) <= 1

    def teardown(self) -> None:
        while self.blocks:
            self.leave_block(True)
        while self.scopes:
            self.leave_scope()
        rows = self.shop.rows
        self.shop.empty()
        assert sorted(self.shop.sent, key=int) == rows
        assert self.shop.connection.execute_wrappers == []
        for scope in self.left:
            assert (scope.pending, scope.undispatched) == ([], [])
            assert sorted(names(scope.dispatched + scope.rolled_back), key=int) == names(scope.intents)


def test_what_goes_out_is_what_the_database_has_kept(shop: Shop) -> None:
    machine = type("Machine", (Transactions,), {"shop": shop})
    if shop.connection.vendor == "sqlite":
        shop.execute("PRAGMA synchronous = OFF")
    examples = 100 if shop.connection.vendor == "sqlite" else 25
    slow = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples, stateful_step_count=30, deadline=None, database=None, suppress_health_check=slow
        ),
    )
