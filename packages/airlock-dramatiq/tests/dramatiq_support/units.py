"""Actors as units of work: each enqueues an effect, and then something becomes of it."""

import asyncio
import time
from typing import Any

from dramatiq import Retry
from dramatiq.middleware import CurrentMessage, Shutdown, TimeLimitExceeded

import airlock
from dramatiq_support.scoped_app import actor, broker, mark, once, record, retries, wait_for

__all__ = ["broker"]


def effect(run: str, name: str = "effect", **marks: Any) -> None:
    """Want something to happen."""
    airlock.enqueue(mark, run=run, event=name, **marks)


def linger() -> None:
    """Wait until something interrupts this."""
    for _ in range(600):
        time.sleep(0.05)


@actor
def succeed(run: str, **_: Any) -> None:
    effect(run)
    effect(run, "second effect")


@actor
def crash(run: str) -> None:
    effect(run)
    raise RuntimeError("as asked")


@actor(max_retries=3)
def retry(run: str) -> None:
    effect(run, f"effect of {retries()}")
    if retries() < 2:
        raise KeyError("again")


@actor(max_retries=3)
def retry_asked_for(run: str) -> None:
    effect(run, f"effect of {retries()}")
    if not retries():
        raise Retry("again", delay=1)


@actor(max_retries=3, throws=KeyError)
def give_up(run: str) -> None:
    effect(run)
    raise KeyError("for good")


@actor
def skipped(run: str, **_: Any) -> None:
    effect(run)


@actor
def marked_as_failed(run: str) -> None:
    effect(run)
    message: Any = CurrentMessage.get_current_message()
    message.fail()


@actor
def bad_effect(run: str) -> None:
    effect(run)
    airlock.enqueue(mark, run=run, event=object())


@actor(max_retries=3)
def bad_effect_at_first(run: str) -> None:
    record(run, f"attempt {retries()}")
    airlock.enqueue(mark, run=run, event="effect" if retries() else object())


@actor
def leak(run: str) -> None:
    # On purpose: a scope, and no `with`.
    airlock.scope().enter()


@actor
@airlock.scoped()
def scoped(run: str) -> None:
    effect(run)


@actor(time_limit=300)
def slow(run: str) -> None:
    effect(run)
    linger()


@actor(time_limit=300)
def slow_but_careful(run: str) -> None:
    effect(run)
    try:
        linger()
    except TimeLimitExceeded:
        effect(run, "given up")


@actor(time_limit=2_000, max_retries=3)
def slow_flush(run: str) -> None:
    effect(run, "first")
    effect(run, "tardy one", tardy=True)
    effect(run, "last")


@actor(notify_shutdown=True, max_retries=3)
def shut_down(run: str) -> None:
    effect(run)
    if once(f"{run}:first"):
        record(run, "lingering")
        try:
            linger()
        except Shutdown:
            effect(run, "never sent")
            raise


@actor(notify_shutdown=True, max_retries=3)
def shut_down_in_flush(run: str) -> None:
    effect(run, tardy=True)


@actor
def calls_by_hand(run: str) -> None:
    succeed(run)
    succeed.fn(run)
    record(run, "called")


@actor
def calls_by_hand_and_fails(run: str) -> None:
    calls_by_hand(run)
    raise RuntimeError("as asked")


@actor
def calls_itself(run: str, depth: int = 2) -> None:
    effect(run, f"effect of {depth}")
    if depth:
        calls_itself(run, depth=depth - 1)


@actor
async def async_succeed(run: str) -> None:
    effect(run)
    await asyncio.sleep(0.01)
    effect(run, "second effect")


@actor
async def async_in_tasks(run: str) -> None:
    async def part(name: str) -> None:
        await asyncio.sleep(0.01)
        effect(run, name)

    await asyncio.gather(part("effect"), part("second effect"))


@actor(max_retries=3)
async def async_retry(run: str) -> None:
    effect(run, f"effect of {retries()}")
    await asyncio.sleep(0.01)
    if not retries():
        raise KeyError("again")


@actor(time_limit=300)
async def async_slow(run: str) -> None:
    effect(run)
    await asyncio.sleep(60)


@actor(time_limit=300)
async def async_stubborn(run: str) -> None:
    """Go on when Dramatiq has given up waiting for it to end."""
    effect(run)
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        await asyncio.sleep(1.5)
    record(run, "woken")
    try:
        effect(run, "too late")
    except airlock.AirlockError as error:
        record(run, type(error).__name__)


@actor(max_retries=None)
def wait(run: str) -> None:
    effect(run)
    wait_for(run)
