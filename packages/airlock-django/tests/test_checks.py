"""The system checks, by id."""

from contextvars import ContextVar

import pytest
from django.apps import apps
from django.core import checks
from django.test import override_settings
from django_project.models import Entry

import airlock
from airlock.integrations.django import _checks
from airlock.integrations.django._problems import IDS
from airlock.integrations.django._settings import settings
from airlock.integrations.executors import QueueExecutor

MIDDLEWARE = ["airlock.integrations.django.AirlockMiddleware"]


def ids(deploy=False):
    """Return the ids of ours that `manage.py check` would print."""
    return [
        message.id
        for message in checks.run_checks(tags=[_checks.TAG], include_deployment_checks=deploy)
        if not message.is_silenced()
    ]


@pytest.fixture
def broken(monkeypatch):
    """Pretend that the project started with a setting, as it can for `manage.py check` only."""
    from airlock.integrations.django._settings import Reading

    def start_with(**keys):
        monkeypatch.setattr(settings, "_reading", Reading(keys))

    return start_with


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"EXECUTR": 1}, "airlock.E001"),
        ({"BYPASS": "rais"}, "airlock.E002"),
        ({"CAPTURE_ORIGIN": 1}, "airlock.E002"),
        ({"POLICY": "airlock.DropAl"}, "airlock.E003"),
        ({"EXECUTOR": 3}, "airlock.E004"),
        ({"POLICY": 3}, "airlock.E005"),
        ({"COMMANDS": {"loaddata": 3}}, "airlock.E005"),
        ({"CONTEXT": {"tenant": 3}}, "airlock.E012"),
        ({"SCOPE": 3}, "airlock.E006"),
        ({"SCOPE": airlock.Scope, "USING": "default"}, "airlock.E007"),
        ({"USING": "othr"}, "airlock.E008"),
        ({"COMMANDS": {"lodadata": "airlock.DropAll"}}, "airlock.E009"),
    ],
    ids=str,
)
def test_a_wrong_setting_is_an_error_with_an_id(broken, keys, expected):
    broken(**keys)
    assert ids() == [expected]


def test_an_error_has_what_was_meant_as_its_hint(broken):
    broken(EXECUTR=1)
    (error,) = checks.run_checks(tags=[_checks.TAG])
    assert (error.msg, error.hint) == ("AIRLOCK has no key 'EXECUTR'.", "Did you mean 'EXECUTOR'?")
    assert error.is_serious()


def test_several_wrong_settings_are_as_many_errors(broken):
    broken(EXECUTR=1, POLICY=3, USING="othr")
    assert ids() == ["airlock.E001", "airlock.E005", "airlock.E008"]


def test_a_project_that_is_in_order_has_no_messages():
    with override_settings(AIRLOCK={"EXECUTOR": "auto"}, MIDDLEWARE=MIDDLEWARE, ROOT_URLCONF="django_project.urls"):
        assert ids(deploy=True) == []


def test_every_id_that_is_used_is_in_the_table(broken):
    broken(EXECUTR=1, POLICY=3)
    assert set(ids()) <= set(IDS)
    assert list(IDS) == sorted(IDS)


class ToOther:
    """A router that writes entries to another database."""

    def db_for_write(self, model, **hints):
        return "other" if model is Entry else None


class ToOne:
    """A router that says nothing."""

    def db_for_write(self, model, **hints):
        return None


def test_models_that_are_written_elsewhere_are_a_warning():
    with override_settings(DATABASE_ROUTERS=[ToOther()]):
        (warning,) = checks.run_checks(tags=[_checks.TAG])
    assert warning.id == "airlock.W003"
    assert "django_project.Entry is written to 'other'" in warning.msg
    assert "AIRLOCK['USING']" in warning.hint
    assert not warning.is_serious()


def test_several_databases_alone_are_no_warning():
    assert len(apps.get_models()) > 1
    with override_settings(DATABASE_ROUTERS=[ToOne()]):
        assert ids() == []


@pytest.mark.parametrize(
    "keys", [{"USING": "other"}, {"SCOPE_KWARGS": {"using": "other"}}, {"SCOPE": airlock.Scope}], ids=str
)
def test_models_that_are_written_elsewhere_are_no_warning_for_a_project_that_has_decided(keys):
    with override_settings(DATABASE_ROUTERS=[ToOther()], AIRLOCK=keys):
        assert ids() == []


@pytest.mark.parametrize(
    "keys", [{}, {"EXECUTOR": "sync"}, {"EXECUTOR": "airlock.integrations.executors.sync.sync_executor"}], ids=str
)
def test_the_sync_executor_is_a_warning_for_a_deployment_only(keys):
    with override_settings(AIRLOCK=keys):
        assert ids() == []
        assert ids(deploy=True) == ["airlock.W004"]


class Queue(QueueExecutor):
    """A queue without headers."""

    kind = "anything"
    accepts = prepare = send = None


class Mail(Queue):
    """A queue with headers."""

    carries_context = True


Queue.__abstractmethods__ = Mail.__abstractmethods__ = frozenset()


def test_an_executor_that_does_not_carry_what_the_context_says_is_a_warning():
    with override_settings(AIRLOCK={"EXECUTOR": Queue(), "CONTEXT": {"request_id": ContextVar("request_id")}}):
        (message,) = _checks.check_context()
    assert (message.id, message.hint is None) == ("airlock.W011", False)
    assert message.msg == "The executor Queue has no place in its messages for 'request_id'."


@pytest.mark.parametrize(
    "keys",
    [
        {"EXECUTOR": Queue()},
        {"EXECUTOR": Mail(), "CONTEXT": {"request_id": ContextVar("request_id")}},
        {"EXECUTOR": "sync", "CONTEXT": {"request_id": ContextVar("request_id")}},
    ],
    ids=str,
)
def test_an_executor_is_no_warning_where_there_is_nothing_to_carry_or_it_carries_it(keys):
    with override_settings(AIRLOCK=keys):
        assert _checks.check_context() == []


def test_an_executor_that_the_program_configured_is_no_warning():
    before = airlock.get_configuration()
    airlock.configure(executor=print)
    try:
        assert ids(deploy=True) == []
    finally:
        airlock.configure(**before._asdict())


def test_a_check_can_be_silenced():
    with override_settings(SILENCED_SYSTEM_CHECKS=["airlock.W004"]):
        assert ids(deploy=True) == []
