"""An effect, and a record of what was let out."""

import asyncio
import threading

import airlock

sent: list[str] = []
scopes: list[airlock.Scope] = []


class BrokerDownError(Exception):
    pass


def effect(label: str) -> None:
    raise AssertionError("it is recorded, and never done")


def record(intent: airlock.Intent) -> None:
    """Dispatch an intent by remembering it."""
    label = intent.args[0]
    if label == "unsendable":
        raise BrokerDownError
    sent.append(label)


def want(label: str) -> None:
    """Want an effect in the current scope, and remember the scope for the test to look at."""
    scope = airlock.get_current_scope()
    if scope is not None and scope not in scopes:
        scopes.append(scope)
    airlock.enqueue(effect, label)


def wait(event: threading.Event) -> None:
    """Wait for what must happen."""
    assert event.wait(30), "it did not happen"


async def wait_until_discarded(scope: airlock.Scope) -> None:
    """Let the event loop run what is scheduled, until it has discarded a scope."""
    for _ in range(1000):
        if scope.is_discarded:
            return
        await asyncio.sleep(0)
    raise AssertionError("it was not discarded")
