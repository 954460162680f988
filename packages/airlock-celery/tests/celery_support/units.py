"""Tasks as units of work: each enqueues an effect, and then something becomes of it."""

import time

from celery import Task
from celery.exceptions import Ignore, Reject, SoftTimeLimitExceeded

import airlock
from airlock.integrations.celery import AirlockTask
from celery_support.scoped_app import app, die_first, log, mark, record, wait_for


def effect(run: str, name: str = "effect") -> airlock.Intent:
    """Want something to happen."""
    return airlock.enqueue(mark, run=run, event=name)


@app.task
def succeed(run: str) -> str:
    effect(run)
    effect(run, "second effect")
    return "done"


@app.task
def crash(run: str) -> None:
    effect(run)
    raise RuntimeError("as asked")


@app.task
def ignore(run: str) -> None:
    effect(run)
    raise Ignore


@app.task(acks_late=True)
def reject(run: str) -> None:
    effect(run)
    raise Reject("as asked", requeue=False)


@app.task(bind=True, max_retries=3)
def retry(self: Task, run: str) -> None:
    effect(run, f"effect of {self.request.retries}")
    if self.request.retries < 2:
        self.retry(countdown=0)


@app.task(bind=True, autoretry_for=(KeyError,), retry_kwargs={"countdown": 0})
def autoretry(self: Task, run: str) -> None:
    effect(run, f"effect of {self.request.retries}")
    if not self.request.retries:
        raise KeyError("again")


@app.task(bind=True)
def replace(self: Task, run: str) -> None:
    effect(run)
    raise self.replace(mark.s(run=run, event="replacement"))


@app.task
def bad_effect(run: str) -> str:
    effect(run)
    airlock.enqueue(mark, run=object(), event="cannot be serialised")
    return "never returned"


@app.task(bind=True, autoretry_for=(airlock.InvalidIntentError,), retry_kwargs={"countdown": 0})
def bad_effect_at_first(self: Task, run: str) -> None:
    record(run, f"attempt {self.request.retries}")
    airlock.enqueue(mark, run=run if self.request.retries else object(), event="effect")


@app.task
def leak(run: str) -> None:
    # On purpose: a scope, and no `with`.
    airlock.scope().enter()


@app.task(base=Task, name="celery_support.units.leak_outside")
def leak_outside(run: str) -> None:
    airlock.scope().enter()
    airlock.enqueue(mark, run=run, event="swallowed")


@app.task(base=Task, name="celery_support.units.scoped")
@airlock.scoped()
def scoped(run: str, error: bool = False) -> None:
    effect(run)
    if error:
        raise RuntimeError("as asked")


@app.task(soft_time_limit=1)
def slow(run: str) -> None:
    effect(run)
    for _ in range(600):
        time.sleep(0.1)


@app.task(time_limit=1)
def too_slow(run: str) -> None:
    effect(run)
    record(run, "started")
    for _ in range(600):
        time.sleep(0.1)


@app.task(soft_time_limit=1)
def slow_but_careful(run: str) -> None:
    effect(run)
    try:
        for _ in range(600):
            time.sleep(0.1)
    except SoftTimeLimitExceeded:
        effect(run, "given up")


@app.task
def calls_by_hand(run: str) -> None:
    succeed(run)
    succeed.run(run)
    succeed.apply((run,))
    record(run, "called")


@app.task
def calls_by_hand_and_fails(run: str) -> None:
    calls_by_hand(run)
    raise RuntimeError("as asked")


@app.task(bind=True)
def calls_itself(self: Task, run: str, depth: int = 2) -> None:
    effect(run, f"effect of {depth}")
    if depth:
        self(run, depth - 1)


@app.task
def item(run: str, name: str) -> None:
    effect(run, name)
    if name == "bad":
        raise RuntimeError("as asked")


@app.task(acks_late=True, reject_on_worker_lost=True)
def die(run: str) -> None:
    effect(run)
    die_first(run)


@app.task(acks_late=True, reject_on_worker_lost=True)
def wait(run: str) -> None:
    effect(run)
    wait_for(run)


@app.task
def last(run: str) -> None:
    """Come after everything that went before on a queue with one consumer."""
    log.rpush(run, "last")


assert issubclass(app.Task, AirlockTask)
