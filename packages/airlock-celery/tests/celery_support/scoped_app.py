"""The app of workers whose tasks are units of work, or call others by `.delay()`.

The settings are in the environment: `mode` is "plain", "intercept" for an app with the global intercept, "shim" for one
whose tasks are all `LegacyTaskShim` and run in scopes, or "airlock" for one whose tasks are all `AirlockTask`.
"""

import json
import os
import signal
import time
import warnings
from typing import Any

import redis
from celery import Celery

import airlock
from airlock.integrations.celery import AirlockTask, LegacyTaskShim, install_global_intercept
from celery_support.apps import REDIS_URL

settings = json.loads(os.environ["AIRLOCK_CELERY_WORKER"])
mode = settings["mode"]
warnings.simplefilter("ignore", DeprecationWarning)
airlock.configure(executor="celery")


class Shim(LegacyTaskShim, AirlockTask):
    """A task that is called the old way, and calls others so."""


app = Celery(
    "airlock-celery-scoped",
    broker=settings["url"],
    backend=REDIS_URL,
    task_cls={"airlock": AirlockTask, "shim": Shim}.get(mode),
)
app.conf.update(
    broker_connection_retry_on_startup=True,
    broker_transport_options=settings["options"],
    result_expires=300,
    task_default_queue=settings["queue"],
    worker_prefetch_multiplier=1,
    worker_cancel_long_running_tasks_on_connection_loss=False,
)
if mode == "intercept":
    install_global_intercept(app, wrap_task_execution=True)

log = redis.Redis.from_url(REDIS_URL, decode_responses=True)


def record(run: str, event: str) -> None:
    """Write down what has happened; the test reads it."""
    log.rpush(run, event)
    log.expire(run, 300)


def wait_for(run: str) -> None:
    """Say that the task is in the middle of its work, and wait until the test lets it go on."""
    record(run, "waiting")
    for _ in range(1200):
        # Nothing is taken away: a process that is killed meanwhile would take it along.
        if log.exists(f"{run}:go"):
            return
        time.sleep(0.05)
    raise TimeoutError(run)


@app.task
def mark(*_: Any, run: str, event: str) -> str:
    """Happen."""
    record(run, event)
    return event


@app.task
def fail(*_: Any, run: str) -> None:
    """Fail."""
    record(run, "failing")
    raise RuntimeError("as asked")


def die_first(run: str) -> None:
    """Kill this process the first time."""
    first = log.incr(f"{run}:lives") == 1
    log.expire(f"{run}:lives", 300)
    if first:
        os.kill(os.getpid(), signal.SIGKILL)
