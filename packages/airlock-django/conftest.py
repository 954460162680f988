"""A Django project for the tests and the README, with a database of each kind that is there; one process has one."""

import os
import shutil
import sys
from pathlib import Path
from typing import Any

import django
import pytest
from django.test.utils import setup_databases, setup_test_environment, teardown_databases, teardown_test_environment

TESTS = Path(__file__).parent / "tests"

sys.path.insert(0, str(TESTS))
os.environ["DJANGO_SETTINGS_MODULE"] = "django_project.settings"
django.setup()

from django_project import settings as project  # noqa: E402 (Django reads it first)

# They have settings of their own: `make test-faults` runs them.
collect_ignore = ["faults"]
_databases: list[Any] = []


def pytest_configure() -> None:
    """Make the databases."""
    setup_test_environment()
    _databases[:] = setup_databases(verbosity=0, interactive=False)


def pytest_unconfigure() -> None:
    """Leave nothing behind."""
    teardown_databases(_databases, verbosity=0)
    teardown_test_environment()
    shutil.rmtree(project.FOLDER, ignore_errors=True)


@pytest.fixture(
    params=[
        "default",
        pytest.param("postgres", marks=pytest.mark.server),
        pytest.param("mariadb", marks=pytest.mark.server),
    ],
    ids=["sqlite", "postgres", "mariadb"],
)
def alias(request: pytest.FixtureRequest) -> str:
    """A database, one of each kind in turn."""
    name: str = request.param
    if name not in project.DATABASES:
        pytest.skip(f"no {name} answers; `make services` starts it")
    return name
