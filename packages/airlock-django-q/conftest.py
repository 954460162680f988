"""A Django project for the tests and the README: one process has one."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django
import pytest
from django.conf import settings
from django.core.management import call_command

FOLDER = Path(tempfile.mkdtemp(prefix="airlock-django-q-"))
TESTS = Path(__file__).parent / "tests"

os.environ["AIRLOCK_DJANGO_Q_FOLDER"] = str(FOLDER)
sys.path.insert(0, str(TESTS))

from django_q_project import settings as project  # noqa: E402 (it reads the variable)

settings.configure(**{name: value for name, value in vars(project).items() if name.isupper()})
django.setup()
call_command("migrate", run_syncdb=True, verbosity=0)


def pytest_unconfigure() -> None:
    """Leave nothing behind."""
    shutil.rmtree(FOLDER, ignore_errors=True)


@pytest.fixture(autouse=True)
def _close_connections() -> Iterator[None]:
    """Close the connections that threads of a test leave open, as Django only does between requests."""
    from django.db.backends.signals import connection_created

    opened: list[Any] = []

    def note(connection: Any, **_: Any) -> None:
        opened.append(connection)

    connection_created.connect(note)
    yield
    connection_created.disconnect(note)
    for connection in opened:
        connection.inc_thread_sharing()
        connection.close()
