"""Views that wait for the test, so that it can hang up at a known moment."""

import asyncio
import threading

from django.http import HttpRequest, HttpResponse

import airlock
from django_web.effects import effect, wait, want


class Meeting:
    """Where a view and its test wait for each other."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.released = threading.Event()
        self.ended = threading.Event()


current = Meeting()


def renew() -> Meeting:
    global current
    current = Meeting()
    return current


async def waits_to_be_cancelled(request: HttpRequest) -> HttpResponse:
    want("before it waits")
    current.reached.set()
    try:
        await asyncio.get_running_loop().create_future()
    finally:
        want("on the way out")
        current.ended.set()
    raise AssertionError("nobody resolves it")


def waits_in_its_thread(request: HttpRequest, status: int) -> HttpResponse:
    want("before it waits")
    current.reached.set()
    wait(current.released)
    want("after it has waited")
    current.ended.set()
    return HttpResponse(status=status)


def waits_while_it_is_sent(intent: airlock.Intent) -> None:
    """Be the first effect of a request, and take long to be sent."""
    current.reached.set()
    wait(current.released)


async def takes_long_to_flush(request: HttpRequest) -> HttpResponse:
    for label in ("slow", "second", "third"):
        airlock.enqueue(effect, label)
    return HttpResponse()
