"""Units of work by `@airlock.scoped()` under `@task`, wherever the app opens no scopes."""

from typing import Any

import airlock
from django_tasks_suites import units
from django_tasks_suites.tasks import task


@task(backend="database")
@airlock.scoped()
def succeed(run: str) -> str:
    airlock.enqueue(units.record, run, "effect")
    airlock.enqueue(units.record, run, "second effect")
    return "done"


@task(backend="database")
@airlock.scoped()
async def asynchronous(run: str) -> None:
    airlock.enqueue(units.record, run, "effect")


@task(backend="database", takes_context=True)
@airlock.scoped()
def with_context(context: Any, run: str) -> None:
    airlock.enqueue(units.record, run, f"effect of {context.attempt}")


def _scoped(unit: Any) -> Any:
    return task(backend="database")(airlock.scoped()(unit.func))


bad_effect = _scoped(units.bad_effect)
bad_effect_after_a_commit = _scoped(units.bad_effect_after_a_commit)
bad_result = _scoped(units.bad_result)
calls_by_hand = _scoped(units.calls_by_hand)
calls_by_hand_and_fails = _scoped(units.calls_by_hand_and_fails)
crash = _scoped(units.crash)
fan_out = _scoped(units.fan_out)
in_a_transaction = _scoped(units.in_a_transaction)
last = _scoped(units.last)
leak = _scoped(units.leak)
leak_and_crash = _scoped(units.leak_and_crash)
leave = _scoped(units.leave)
rolled_back = _scoped(units.rolled_back)
wait = _scoped(units.wait)
