"""Any mixture of blocks and savepoints, for tests that do something in them."""

from typing import Any

from hypothesis.stateful import RuleBasedStateMachine, precondition, rule
from hypothesis.strategies import booleans, data, sampled_from

from scope_suites.shop import Shop, Undo


class Blocks(RuleBasedStateMachine):
    """Enters and leaves transactions, and savepoints of every form in them.

    Attributes:
        blocks: Those that are open, each with the savepoints that were set by hand in it.
        uncommitted: What was done in the transaction that is open.
    """

    shop: Shop

    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[tuple[Any, list[str]]] = []
        self.uncommitted: set[str] = set()

    def can_query(self) -> bool:
        return not self.shop.connection.needs_rollback

    def savepoints(self) -> list[str]:
        return self.blocks[-1][1] if self.blocks and self.can_query() else []

    @precondition(lambda self: len(self.blocks) < 5)
    @rule(savepoint=booleans())
    def enter_block(self, savepoint: bool) -> None:
        block = self.shop.atomic(savepoint=savepoint)
        block.__enter__()
        self.blocks.append((block, []))

    @precondition(lambda self: self.blocks)
    @rule(well=booleans())
    def leave_block(self, well: bool) -> None:
        block, _ = self.blocks.pop()
        if not self.blocks:
            self.uncommitted.clear()
        error = None if well else Undo()
        block.__exit__(None if well else Undo, error, None)

    @precondition(lambda self: self.blocks and self.can_query())
    @rule(by_function=booleans(), name=sampled_from(["one", "two"]))
    def set_savepoint(self, by_function: bool, name: str) -> None:
        if by_function:
            name = self.shop.connection.savepoint()
        else:
            self.shop.execute(f"SAVEPOINT {name}")
            if self.shop.connection.vendor == "mysql":
                self.blocks[-1][1][:] = [other for other in self.blocks[-1][1] if other != name]
        self.blocks[-1][1].append(name)

    @precondition(lambda self: self.savepoints())
    @rule(data=data(), release=booleans())
    def use_savepoint(self, data: Any, release: bool) -> None:
        names = self.savepoints()
        name = data.draw(sampled_from(names))
        index = len(names) - 1 - names[::-1].index(name)
        if name not in ("one", "two"):
            connection = self.shop.connection
            (connection.savepoint_commit if release else connection.savepoint_rollback)(name)
        else:
            self.shop.execute(f"{'RELEASE' if release else 'ROLLBACK TO'} SAVEPOINT {name}")
        del names[index + (0 if release else 1) :]
