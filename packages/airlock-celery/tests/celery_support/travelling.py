"""What travels: each task writes down the request's id that it sees, whichever way it came to run."""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from celery import Task, chain, chord, group

import airlock
from celery_support.scoped_app import app, record

request_id: ContextVar[str] = ContextVar("request_id")
airlock.configure(context={"request_id": request_id})

PATTERNS: dict[str, Callable[[str], object]] = {}


def pattern(function: Callable[[str], object]) -> Callable[[str], object]:
    """Enter a pattern in the table."""
    PATTERNS[function.__name__] = function
    return function


@app.task
def drive(run: str, name: str) -> None:
    """Do what a pattern says, in the body of a task."""
    PATTERNS[name](run)


@app.task
def see(*_: Any, run: str, event: str) -> None:
    record(run, f"{event} {request_id.get('nothing')}")


@app.task(base=Task, name="celery_support.travelling.see_plainly")
def see_plainly(run: str) -> None:
    record(run, f"plain {request_id.get('nothing')}")


@app.task
def bare(run: str) -> None:
    see(run=run, event="bare")


@app.task
def hop(run: str, left: int) -> None:
    see(run=run, event=f"hop {left}")
    if left:
        airlock.enqueue(hop, run, left - 1)


@app.task
def fail(run: str) -> None:
    raise RuntimeError("as asked")


@app.task
def errback(failed: str, *, run: str) -> None:
    see(run=run, event="errback")


@app.task(bind=True, max_retries=3)
def retried(self: Task, run: str) -> None:
    see(run=run, event=f"attempt {self.request.retries}")
    if self.request.retries < 2:
        self.retry(countdown=0)


@app.task(bind=True)
def replaced(self: Task, run: str) -> None:
    raise self.replace(chain(saying(run, "replacement"), saying(run, "after it")))


@app.task(bind=True)
def extending(self: Task, run: str) -> None:
    self.add_to_chord(saying(run, "added"))


def saying(run: str, event: str) -> Any:
    """Return the signature of a task that writes down what it sees."""
    return see.s(run=run, event=event)


@pattern
def hops(run: str) -> None:
    airlock.enqueue(hop, run, 2)


@pattern
def plain(run: str) -> None:
    airlock.enqueue(see_plainly, run)


@pattern
def delay(run: str) -> None:
    see.delay(run=run, event="delayed")


@pattern
def own_headers(run: str) -> None:
    airlock.options(headers={"mine": 1}).enqueue(headers, run)


@app.task(bind=True)
def headers(self: Task, run: str) -> None:
    see(run=run, event=f"mine {self.request.headers['mine']}")


@pattern
def retry(run: str) -> None:
    airlock.enqueue(retried, run)


@pattern
def replace(run: str) -> None:
    airlock.enqueue(replaced, run)


@pattern
def link(run: str) -> None:
    airlock.options(link=saying(run, "linked")).enqueue(see, run=run, event="a")


@pattern
def link_error(run: str) -> None:
    airlock.options(link_error=errback.s(run=run)).enqueue(fail, run)


@pattern
def chain_of_groups(run: str) -> None:
    airlock.enqueue(saying(run, "a") | group(saying(run, "b"), saying(run, "c")) | saying(run, "d"))


@pattern
def chain_with_options(run: str) -> None:
    airlock.enqueue(chain(saying(run, "a"), see.s(run=run, event="b").set(headers={"mine": 1}), saying(run, "c")))


@pattern
def chord_of_chains(run: str) -> None:
    airlock.enqueue(chord([chain(saying(run, "a"), saying(run, "b")), extending.si(run)], saying(run, "body")))


@pattern
def chunks(run: str) -> None:
    airlock.enqueue(item.chunks([(run, "a"), (run, "b"), (run, "c")], 2))


@app.task
def item(run: str, event: str) -> None:
    see(run=run, event=event)
