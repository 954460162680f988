"""Tasks that are units of work; who sends to them imports this too, and makes them for a Huey of its own."""

import os
from types import SimpleNamespace
from typing import Any

import airlock
from huey_suites.worker_app import VARIABLE, enqueue_again, from_environment


def add_tasks(made: Any) -> Any:
    """Give a Huey its tasks, and return them by name."""
    log = made.log

    @made.task()
    def effect(run: str) -> None:
        log.write(run, "effect")

    @made.task()
    def wait(run: str) -> None:
        log.write(run, f"process {os.getpid()}")
        airlock.enqueue(effect, run)
        log.wait(run)

    @made.task()
    def work(run: str) -> None:
        airlock.enqueue(effect, run)

    @made.task()
    def leak(run: str) -> None:
        log.write(run, "leaking")
        made.leaks.append(airlock.scope())

    @made.post_execute()
    def leave_open(task: Any, *_: Any) -> None:
        while made.leaks:
            made.leaks.pop().enter()

    made.leaks = []
    return SimpleNamespace(effect=effect, wait=wait, work=work, leak=leak)


if VARIABLE in os.environ:
    app = from_environment()
    enqueue_again(app)
    add_tasks(app)
