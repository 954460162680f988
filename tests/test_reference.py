"""The reference is complete."""

import re
from importlib import import_module
from pathlib import Path

import pytest

REFERENCE = Path(__file__).parent.parent / "docs" / "reference.md"
EXECUTORS = ("auto", "celery", "django_q", "django_tasks", "dramatiq", "huey", "sync")
INTEGRATIONS = (
    "bypass",
    "celery",
    "django",
    "django.handlers",
    "django.outbox",
    "django.test",
    "django_q",
    "dramatiq",
    "executors",
    *(f"executors.{name}" for name in EXECUTORS),
    "huey",
    "workers",
)


@pytest.mark.parametrize(
    "package",
    ["airlock", "airlock.testing", "airlock_conformance", *(f"airlock.integrations.{name}" for name in INTEGRATIONS)],
)
def test_the_reference_lists_every_public_name_once(package: str) -> None:
    """Nothing public is left without a page, and nothing private has one."""
    pattern = rf"^\.\. (?:auto|py:)\w+:: {re.escape(package)}\.(\w+)(?:\(.*\))?$"
    listed = re.findall(pattern, REFERENCE.read_text(encoding="utf-8"), re.MULTILINE)

    assert sorted(listed) == sorted(import_module(package).__all__)
