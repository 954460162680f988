"""What travels: tasks that write down the request's id that they see."""

from contextvars import ContextVar

import airlock
from django_q_project.units import events, record

request_id: ContextVar[str] = ContextVar("request_id")
airlock.configure(context={"request_id": request_id})


def see(run: str, event: str) -> None:
    record(run, f"{event} {request_id.get('nothing')}")


@airlock.scoped()
def hop(run: str, left: int) -> None:
    see(run, f"hop {left}")
    if left:
        airlock.enqueue(hop, run, left - 1)


def fail_first(run: str) -> None:
    see(run, "attempt")
    if len(events(run)) == 1:
        raise RuntimeError("as asked")


def bare(run: str) -> None:
    see(run, "bare")
