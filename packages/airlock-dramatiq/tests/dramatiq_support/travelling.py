"""What travels: each actor writes down the request's id that it sees, whichever way it came to run."""

import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from dramatiq import group, pipeline

import airlock
from dramatiq_support.scoped_app import actor, broker, record, retries

__all__ = ["broker"]

request_id: ContextVar[str] = ContextVar("request_id")
airlock.configure(context={"request_id": request_id})

PATTERNS: dict[str, Callable[[str], object]] = {}


def pattern(function: Callable[[str], object]) -> Callable[[str], object]:
    """Enter a pattern in the table."""
    PATTERNS[function.__name__] = function
    return function


@actor
def drive(run: str, wanted: str) -> None:
    """Do what a pattern says, in the body of an actor."""
    PATTERNS[wanted](run)


@actor
def see(*_: Any, run: str, event: str) -> None:
    record(run, f"{event} {request_id.get('nothing')}")


@actor
def hop(run: str, left: int) -> None:
    see(run=run, event=f"hop {left}")
    if left:
        airlock.enqueue(hop, run=run, left=left - 1)


@actor(max_retries=3)
def retried(*_: Any, run: str) -> None:
    see(run=run, event=f"attempt {retries()}")
    if retries() < 2:
        raise KeyError("again")


@actor
async def awaiting(run: str) -> None:
    await asyncio.sleep(0.01)
    see(run=run, event="awaited")


def saying(run: str, event: str) -> Any:
    """Return the message of an actor that writes down what it sees."""
    return see.message(run=run, event=event)


@pattern
def hops(run: str) -> None:
    airlock.enqueue(hop, run=run, left=2)


@pattern
def retry(run: str) -> None:
    airlock.enqueue(retried, run=run)


@pattern
def coroutine(run: str) -> None:
    airlock.enqueue(awaiting, run=run)


@pattern
def pipeline_of_three(run: str) -> None:
    airlock.enqueue(pipeline([saying(run, "a"), retried.message(run=run), saying(run, "c")], broker=broker))


@pattern
def group_with_callback(run: str) -> None:
    parts = group([saying(run, "a"), pipeline([saying(run, "b"), saying(run, "c")], broker=broker)], broker=broker)
    parts.add_completion_callback(saying(run, "all done"))
    airlock.enqueue(parts)


@pattern
def group_of_groups(run: str) -> None:
    inner = group([saying(run, "b"), saying(run, "c")], broker=broker)
    airlock.enqueue(group([saying(run, "a"), inner], broker=broker))


@actor
def bare(run: str) -> None:
    see(run=run, event="bare")
