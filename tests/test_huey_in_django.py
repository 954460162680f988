"""Huey's tasks in scopes of Django: only where Django and Huey are both installed."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import sys
import django
from django.conf import settings
from huey import MemoryHuey

HUEY = MemoryHuey("shop", immediate=False)
settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": sys.argv[1]}},
    INSTALLED_APPS=["airlock.integrations.django", "huey.contrib.djhuey"],
    AIRLOCK={"EXECUTOR": lambda intent: print("sent", intent.args[0], connection.in_atomic_block)},
    HUEY=HUEY,
)
django.setup()

from django.db import connection, transaction
from huey.contrib.djhuey import db_task

import airlock
from airlock.integrations.django import DjangoScope
from airlock.integrations.huey import install

install(HUEY)


def effect(name): ...


@db_task()
def work():
    assert type(airlock.get_current_scope()) is DjangoScope
    BODY


result = work()
consumer = HUEY.create_consumer(workers=1, periodic=False, initial_delay=0.01, max_delay=0.05)
consumer.start()
try:
    print(result.get(blocking=True, timeout=30))
except Exception as error:
    print(type(error).__name__)
consumer.stop(graceful=True)
"""

CASES = {
    "what a task has enqueued is sent after its transaction, though its connection is closed": (
        """
    with transaction.atomic():
        connection.ensure_connection()
        airlock.enqueue(effect, "in the transaction")
        print("still inside")
    airlock.enqueue(effect, "after it")
    print("done")
    return connection.connection is not None
""",
        ["still inside", "done", "sent in the transaction False", "sent after it False", "True"],
    ),
    "what was enqueued in a block that was rolled back is not sent, though the task succeeds": (
        """
    airlock.enqueue(effect, "before")
    try:
        with transaction.atomic():
            airlock.enqueue(effect, "rolled back")
            raise KeyError
    except KeyError:
        pass
    return "succeeded"
""",
        ["sent before False", "succeeded"],
    ),
    "a task that fails after its transaction has sent nothing": (
        """
    with transaction.atomic():
        airlock.enqueue(effect, "committed")
    print("attempt")
    raise KeyError
""",
        ["attempt", "TaskException"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_on_a_worker(case: str, tmp_path: Path) -> None:
    body, expected = CASES[case]
    program = PROGRAM.replace("    BODY", body)
    run = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "shop.db")], capture_output=True, text=True, timeout=120
    )
    assert run.stdout.splitlines() == expected, run.stderr
