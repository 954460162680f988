"""The table in the README that compares: each answer is what a program finds."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

PROGRAM = """
import sys
from contextlib import nullcontext
from functools import partial
from pathlib import Path

import django
from django.conf import settings

folder = Path(sys.argv[2])
backends = "django.tasks.backends" if django.VERSION >= (6, 0) else "django_tasks.backends"
settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    TASKS={"default": {"BACKEND": f"{backends}.dummy.DummyBackend"}},
    AIRLOCK={"EXECUTOR": "celery"},
    INSTALLED_APPS=["airlock.integrations.django"],
    USE_TZ=True,
)
django.setup()

from celery import Celery
from django.db import transaction

if django.VERSION >= (6, 0):
    from django.tasks import default_task_backend, task
else:
    from django_tasks import default_task_backend, task

import airlock

app = Celery("shop", broker="filesystem://", task_cls="celery.contrib.django.task:DjangoTask")
app.conf.broker_transport_options = {
    "data_folder_in": str(folder),
    "data_folder_out": str(folder),
    "control_folder": str(folder / "control"),
}


@app.task
def send(order): ...


@task
def send_django(order): ...


wants = {
    "`.delay()`": lambda: send.delay(7),
    "`on_commit()`": lambda: transaction.on_commit(partial(send.delay, 7)),
    "`delay_on_commit()`": lambda: send.delay_on_commit(7),
    "Django tasks": lambda: send_django.enqueue(7),
    "airlock": lambda: airlock.enqueue(send, 7),
}
want = wants[sys.argv[1]]


def sent():
    found = len(default_task_backend.results) + len(list(folder.glob("*.celery.msg")))
    default_task_backend.clear()
    for message in folder.glob("*.celery.msg"):
        message.unlink()
    return found


# A unit of work: a scope, for airlock; nothing, for those that know of none.
Unit = airlock.scope if sys.argv[1] == "airlock" else nullcontext


def waits_for_the_commit():
    with transaction.atomic():
        with Unit():
            want()
        early = sent()
    return not early and sent() == 1


def dies_with_a_savepoint():
    with Unit(), transaction.atomic():
        try:
            with transaction.atomic():
                want()
                raise KeyError
        except KeyError:
            pass
    return not sent()


def is_dropped_if_the_work_fails():
    try:
        with Unit():
            want()
            raise KeyError
    except KeyError:
        pass
    return not sent()


def can_be_silenced():
    with airlock.scope(policy=airlock.DropAll()), Unit():
        want()
    return not sent()


for question in (waits_for_the_commit, dies_with_a_savepoint, is_dropped_if_the_work_fails, can_be_silenced):
    print("yes" if question() else "no")
"""
QUESTIONS = [
    "waits for the commit",
    "is dropped with a savepoint that is rolled back",
    "is dropped if the work fails, with no transaction around it",
    "can be silenced by a caller, for an import or a test",
]


def table() -> dict[str, list[str]]:
    """Return what the README says, by column."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = readme.split("\n## Why not", 1)[1].split("\n## ", 1)[0]
    header, _, *rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in re.findall(r"^\|.*\|$", section, re.MULTILINE)
    ]
    assert [row[0] for row in rows[: len(QUESTIONS)]] == QUESTIONS
    return {name: [row[index] for row in rows] for index, name in enumerate(header) if index}


@pytest.mark.parametrize("name", table())
def test_the_table_says_what_a_program_finds(name: str, tmp_path: Path) -> None:
    (tmp_path / "control").mkdir()
    found = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM, name, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert found.returncode == 0, found.stderr
    assert [answer.strip("*") for answer in table()[name][: len(QUESTIONS)]] == found.stdout.split()
