"""AIRLOCK["OUTBOX"]: what its keys mean, and that nothing starts with one that is wrong."""

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings
from outbox_suites.writer import recorder

from airlock.integrations.django.outbox._settings import OutboxSettings, outbox_settings, required_settings


def test_it_is_off_unless_it_is_set() -> None:
    assert outbox_settings() is None
    with pytest.raises(ImproperlyConfigured, match="OUTBOX"):
        required_settings()
    with override_settings(AIRLOCK={"OUTBOX": None}):
        assert outbox_settings() is None


def test_an_empty_dictionary_turns_it_on() -> None:
    with override_settings(AIRLOCK={"OUTBOX": {}}):
        assert required_settings() == OutboxSettings()


def test_every_key_has_its_meaning() -> None:
    given: dict[str, Any] = {
        "LEASE": 60,
        "BUDGET": 0,
        "MAX_ATTEMPTS": 3,
        "BACKOFF_FIRST": 0.5,
        "BACKOFF_MOST": 60,
        "BATCH": 10,
        "POLL": 1,
        "CHUNK_INTENTS": 5,
        "CHUNK_BYTES": 1000,
        "AUDIENCE": "blue",
        "TASKS": ["shop.tasks"],
        "EXECUTORS": {"mine": "outbox_suites.writer.recorder"},
    }
    with override_settings(AIRLOCK={"OUTBOX": given}):
        found = required_settings()
    assert found == OutboxSettings(
        60.0, 0.0, 3, 0.5, 60.0, 10, 1.0, 5, 1000, "blue", ("shop.tasks",), {"mine": recorder}
    )
    assert [key.lower() for key in given] == list(OutboxSettings._fields)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"LEAS": 1}, r"no key 'LEAS'. Did you mean 'LEASE'\?"),
        ({"LEASE": "30"}, r"AIRLOCK\['OUTBOX'\]\['LEASE'\] is '30'.*seconds"),
        ({"LEASE": True}, "seconds"),
        ({"LEASE": 0}, "above 0"),
        ({"POLL": float("inf")}, "seconds"),
        ({"BUDGET": -1}, "0 or more"),
        ({"BATCH": 0}, "1 or more"),
        ({"MAX_ATTEMPTS": 1.5}, "whole number"),
        ({"AUDIENCE": "x" * 65}, "at most 64"),
        ({"AUDIENCE": "Shop"}, "lower-case"),
        ({"AUDIENCE": "shop "}, "lower-case"),
        ({"AUDIENCE": 1}, "lower-case"),
        ({"TASKS": "shop.tasks"}, "no list"),
        ({"TASKS": ["not a path"]}, "no dotted path"),
        ({"EXECUTORS": {"mine": "celery"}}, "no dotted path"),
        ({"EXECUTORS": {"sync": recorder}}, "installed executor"),
        ({"EXECUTORS": {"mine": "shop.nowhere"}}, "cannot be imported"),
        ({"BACKOFF_FIRST": 10, "BACKOFF_MOST": 5}, "above BACKOFF_MOST"),
        ({"LEASE": 1, "BUDGET": 1}, "give the writer less"),
        ([], "no dictionary"),
        (True, "no dictionary"),
    ],
    ids=str,
)
def test_what_is_wrong_is_said(given: Any, words: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=words):
        override_settings(AIRLOCK={"OUTBOX": given}).enable()


def test_it_needs_its_app() -> None:
    apps = ["airlock.integrations.django", "django.contrib.contenttypes", "django_project"]
    with override_settings(INSTALLED_APPS=apps):
        with pytest.raises(ImproperlyConfigured, match=r"INSTALLED_APPS.*migrate"):
            override_settings(AIRLOCK={"OUTBOX": {}}).enable()
