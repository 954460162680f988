"""The executors that are broken on purpose, each with the test that is meant to catch it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import NamedTuple, TypeVar

from airlock_conformance import Capability

from conformance_proof.executor import Sends
from conformance_proof.suites import MemoryHooks

E = TypeVar("E", bound=type[Sends])


class Broken(NamedTuple):
    """A broken executor, or a right one with something else that is broken around it."""

    executor: type[Sends]
    hooks: type[MemoryHooks]
    capabilities: Collection[Capability]


BROKEN: dict[str, Broken] = {}


def caught_by(
    test: str, hooks: type[MemoryHooks] = MemoryHooks, capabilities: Collection[Capability] | None = None
) -> Callable[[E], E]:
    """Say which test catches a broken executor."""

    def register(executor: E) -> E:
        assert test not in BROKEN, f"{test} has its broken executor"
        BROKEN[test] = Broken(executor, hooks, hooks.capabilities if capabilities is None else capabilities)
        return executor

    return register
