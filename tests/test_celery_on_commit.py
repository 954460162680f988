"""`delay_on_commit` with airlock's task classes: only where Django and Celery are both installed."""

import subprocess
import sys

import pytest

PROGRAM = """
import warnings
import django
from django.conf import settings
settings.configure(DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}})
django.setup()

import logging
logging.basicConfig(format="%(levelname)s %(message)s")

from celery import Celery
from celery.contrib.django.task import DjangoTask
from django.db import transaction
from kombu.transport import memory

import airlock
from airlock.integrations.celery import AirlockTask, LegacyTaskShim, install_global_intercept
from airlock.integrations.django import DjangoScope

airlock.configure(executor="celery")
warnings.simplefilter("ignore")
app = Celery("shop", broker="memory://", task_cls=CLASS)
app.conf.task_default_queue = "shop"
if INTERCEPT:
    app.Task = DjangoTask
    install_global_intercept(app)


@app.task
def send(order): ...


def queued():
    queue = memory.Channel.queues.get("shop")
    return 0 if queue is None else queue.qsize()


assert isinstance(send, DjangoTask)
"""

CASES = {
    "a Django scope waits for the commit": """
with transaction.atomic():
    with DjangoScope() as scope:
        send.delay_on_commit(7)
    print(len(scope.intents), queued())
print(queued())
""",
    "a Django scope's policy decides": """
with transaction.atomic():
    with DjangoScope(policy=airlock.DropAll()):
        send.apply_async_on_commit((7,), countdown=3)
print(queued())
""",
    "a Django scope outside decides about what scopes inside it take": """
with DjangoScope(policy=airlock.DropAll()) as outer:
    with airlock.scope() as scope, transaction.atomic():
        send.delay_on_commit(7)
print(len(outer.intents), queued())
""",
    "another scope that is there at the commit takes it": """
with airlock.scope() as scope:
    with transaction.atomic():
        send.delay_on_commit(7)
        print(len(scope.intents), queued())
    print(len(scope.intents), queued())
print(queued())
""",
    "another scope that has ended by the commit is no longer asked": """
with transaction.atomic():
    with airlock.scope(policy=airlock.DropAll()):
        send.delay_on_commit(7)
    print(queued())
print(queued())
""",
    "a rollback forgets it": """
for scope in (DjangoScope, airlock.scope):
    with scope():
        try:
            with transaction.atomic():
                send.delay_on_commit(7)
                raise KeyError
        except KeyError:
            pass
print(queued())
""",
}
PRINTED = {
    "a Django scope waits for the commit": "1 0\n1\n",
    "a Django scope's policy decides": "0\n",
    "a Django scope outside decides about what scopes inside it take": "1 0\n",
    "another scope that is there at the commit takes it": "0 0\n1 0\n1\n",
    "another scope that has ended by the commit is no longer asked": "0\n1\n",
    "a rollback forgets it": "0\n",
}


def run(program: str, task_class: str | None, *, intercept: bool = False) -> "subprocess.CompletedProcess[str]":
    setting = f"CLASS, INTERCEPT = {task_class!r}, {intercept}\n"
    done = subprocess.run(
        [sys.executable, "-c", setting + PROGRAM + program], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done


@pytest.mark.parametrize("intercept", [False, True])
def test_calls_for_after_the_commit_are_governed_or_reported(intercept: bool) -> None:
    program = "".join(f"print({name!r}){code}memory.Channel.queues.clear()\n" for name, code in CASES.items())
    done = run(program, None if intercept else "airlock.integrations.celery:LegacyTaskShim", intercept=intercept)
    assert done.stdout == "".join(f"{name}\n{PRINTED[name]}" for name in CASES)
    assert done.stderr.count("WARNING shop.send was called by delay_on_commit() in a scope that has ended") == 1


UNGOVERNED = """
with transaction.atomic():
    send.delay_on_commit(7)
    print(queued())
print(queued())
"""


@pytest.mark.parametrize("intercept", [False, True])
def test_outside_any_scope_it_is_as_it_was_but_with_the_shim(intercept: bool) -> None:
    done = run(UNGOVERNED, None if intercept else "airlock.integrations.celery:AirlockTask", intercept=intercept)
    assert done.stdout == "0\n1\n"
    assert "delay_on_commit" not in done.stderr


def test_outside_any_scope_the_shim_refuses_at_once() -> None:
    program = """
with transaction.atomic():
    try:
        send.delay_on_commit(7)
    except airlock.NoScopeError as error:
        print(error)
print(queued())
"""
    done = run(program, "airlock.integrations.celery:LegacyTaskShim")
    assert done.stdout.startswith("shop.send was called")
    assert done.stdout.endswith("\n0\n")
