"""The check that RabbitMQ is asked whether it has what Celery sends it, in a project that has both."""

import subprocess
import sys

import pytest

CHECK = """
import sys

import django
from celery import Celery
from django.conf import settings
from django.core import checks

executor, broker, confirm = sys.argv[1:]
settings.configure(
    AIRLOCK={"EXECUTOR": executor, "OUTBOX": {}},
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=["airlock.integrations.django", "airlock.integrations.django.outbox"],
    SECRET_KEY="a key for tests",
)
app = Celery("shop", broker=broker, broker_transport_options={"confirm_publish": confirm == "confirm"})
app.set_current()
django.setup()
messages = checks.run_checks(include_deployment_checks=True)
print("airlock.W010" in {message.id for message in messages})
"""
RABBITMQ = "amqp://guest@localhost//"
OURS = "airlock.integrations.executors.celery.celery_executor"


@pytest.mark.parametrize(
    ("executor", "broker", "confirm", "is_warned"),
    [
        ("celery", RABBITMQ, "", True),
        ("auto", RABBITMQ, "", True),
        (OURS, RABBITMQ, "", True),
        (OURS, RABBITMQ, "confirm", False),
        ("celery", RABBITMQ, "confirm", False),
        ("celery", "redis://localhost//", "", False),
        ("sync", RABBITMQ, "", False),
    ],
)
def test_rabbitmq_that_is_not_asked_is_a_warning_for_a_deployment(
    executor: str, broker: str, confirm: str, is_warned: bool
) -> None:
    run = subprocess.run(
        [sys.executable, "-c", CHECK, executor, broker, confirm],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (run.stdout, run.stderr) == (f"{is_warned}\n", "")
