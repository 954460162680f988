"""The check that RabbitMQ is asked whether it has what Dramatiq sends it, in a project that has both."""

import subprocess
import sys

import pytest

CHECK = """
import sys

import django
from django.conf import settings
from django.core import checks

executor, broker = sys.argv[1:]
settings.configure(
    AIRLOCK={"EXECUTOR": executor, "OUTBOX": {}},
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=["airlock.integrations.django", "airlock.integrations.django.outbox"],
    SECRET_KEY="a key for tests",
)
if broker:
    import dramatiq
    from dramatiq.brokers.rabbitmq import RabbitmqBroker
    from dramatiq.brokers.stub import StubBroker

    dramatiq.set_broker(eval(broker))
django.setup()
messages = checks.run_checks(include_deployment_checks=True)
print([message.hint for message in messages if message.id == "airlock.W010"])
"""
ASKED = "RabbitmqBroker(confirm_delivery=True)"


@pytest.mark.parametrize(
    ("executor", "broker", "is_warned"),
    [
        ("dramatiq", "RabbitmqBroker()", True),
        ("auto", "RabbitmqBroker()", True),
        ("airlock.integrations.executors.dramatiq.dramatiq_executor", "RabbitmqBroker()", True),
        ("dramatiq", ASKED, False),
        ("dramatiq", "StubBroker()", False),
        # Where nobody has made a broker yet, nothing can be said.
        ("dramatiq", "", False),
        ("sync", "RabbitmqBroker()", False),
    ],
)
def test_rabbitmq_that_is_not_asked_is_a_warning_for_a_deployment(executor: str, broker: str, is_warned: bool) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", CHECK, executor, broker],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    hints = ["Make the broker with RabbitmqBroker(confirm_delivery=True, ...)."] if is_warned else []
    assert (done.stdout, done.stderr) == (f"{hints}\n", "")
