"""The check of the outbox that asks Celery whether RabbitMQ confirms: only where Django and Celery are both there."""

import json
import subprocess
import sys
from typing import Any

import pytest

PROGRAM = """
import json
import sys
import django
from django.conf import settings
settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["airlock.integrations.django", "airlock.integrations.django.outbox"],
)
django.setup()

from django.core import checks
from django.test import override_settings


def hints(executor="celery", outbox=True, deploy=True):
    keys = {"EXECUTOR": executor, **({"OUTBOX": {}} if outbox else {})}
    with override_settings(AIRLOCK=keys):
        found = checks.run_checks(tags=["airlock"], include_deployment_checks=deploy)
        return [f"{message.id} {message.hint}" for message in found if "Celery" in message.msg]


results = []
for configuration, options in json.load(sys.stdin):
    if configuration is not None:
        from celery import Celery
        Celery("shop", set_as_current=True).config_from_object(configuration)
    results.append(hints(**options))
json.dump(results, sys.stdout)
"""
RABBITMQ = {"broker_url": "amqp://broker//"}
UNCONFIRMED: dict[str, tuple[Any, dict[str, Any]]] = {
    "the default": ({"broker_url": None}, {}),
    "amqp": (RABBITMQ, {}),
    "pyamqp": ({"broker_url": "pyamqp://broker//"}, {}),
    "amqps": ({"broker_url": "amqps://broker//"}, {}),
    "one of several": ({"broker_url": "amqp://a;amqp://b"}, {}),
    "the executor that chooses": (RABBITMQ, {"executor": "auto"}),
    "the executor itself": (RABBITMQ, {"executor": "airlock.integrations.executors.celery.celery_executor"}),
}
FINE: dict[str, tuple[Any, dict[str, Any]]] = {
    # First, since nothing can be loaded any less.
    "Celery not loaded": (None, {"executor": "auto"}),
    "confirmed": ({**RABBITMQ, "broker_transport_options": {"confirm_publish": True}}, {}),
    "Redis": ({"broker_url": "redis://broker/0"}, {}),
    "several": ({"broker_url": ["redis://a", "redis://b"]}, {}),
    "another for writing": ({"broker_url": "amqp://reader//", "broker_write_url": "redis://broker/0"}, {}),
    "another executor": (RABBITMQ, {"executor": "sync"}),
    "no outbox": (RABBITMQ, {"outbox": False}),
    "a desk": (RABBITMQ, {"deploy": False}),
}


@pytest.fixture(scope="module")
def hints() -> dict[str, list[str]]:
    """What the check says in each case, asked in a process of its own: Django has one set of settings a process."""
    cases = {**FINE, **UNCONFIRMED}
    given = json.dumps(list(cases.values()))
    done = subprocess.run([sys.executable, "-c", PROGRAM], input=given, capture_output=True, text=True, check=True)
    return dict(zip(cases, json.loads(done.stdout), strict=True))


@pytest.mark.parametrize("case", UNCONFIRMED)
def test_rabbitmq_that_is_not_asked_for_confirmation_is_a_warning(hints: dict[str, list[str]], case: str) -> None:
    (hint,) = hints[case]
    assert hint == "airlock.W010 Set broker_transport_options = {'confirm_publish': True} in Celery's configuration."


@pytest.mark.parametrize("case", FINE)
def test_what_loses_no_message_or_is_not_asked_about_is_no_warning(hints: dict[str, list[str]], case: str) -> None:
    assert hints[case] == []
