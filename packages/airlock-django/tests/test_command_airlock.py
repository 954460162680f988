"""`manage.py airlock`: what is in force, why, and what is wrong."""

import json
import sys
from contextvars import ContextVar
from importlib.metadata import version
from io import BytesIO, StringIO, TextIOWrapper

import django
import pytest
from django.core.management import call_command
from django.test import override_settings
from startable import Project

import airlock
from airlock.integrations.django import _checks
from airlock.integrations.django._problems import IDS
from airlock.integrations.django._settings import Reading, settings


class Vault:
    """An executor whose text holds a password."""

    def __call__(self, intent): ...

    def __repr__(self):
        return "<Vault at redis://user:s3cret@host:6379/0>"


class Locked(airlock.Scope):
    def __init__(self, policy=None, *, executor=None, api_key=None, colour=None):
        super().__init__(policy, executor=executor)


def deliver(intent):
    """An executor that is a function."""


def text(*options):
    out = StringIO()
    call_command("airlock", *options, stdout=out)
    return out.getvalue()


def rows(*options):
    """Return the lines without what aligns them."""
    return [" ".join(line.split()) for line in text(*options).splitlines()]


def data():
    return json.loads(text("--json"))


def test_each_value_is_shown_with_where_it_comes_from():
    with override_settings(AIRLOCK={"POLICY": "airlock.DropAll", "USING": "other"}, DEBUG=True):
        shown = rows()
    assert "policy AIRLOCK['POLICY'] DropAll()" in shown
    assert "executor default sync" in shown
    assert "scope_cls default airlock.integrations.django.DjangoScope" in shown
    assert "scope_kwargs AIRLOCK['USING'] using=other" in shown
    assert "capture_origin DEBUG True" in shown


def test_what_travels_is_shown_by_name():
    with override_settings(AIRLOCK={"CONTEXT": {"request_id": ContextVar("of_request")}}):
        shown = rows()
    assert "context AIRLOCK['CONTEXT'] request_id=ContextVar('of_request')" in shown


def test_the_outbox_is_shown_with_what_is_in_force_of_it():
    assert "outbox default off" in rows()
    outbox = {"LEASE": 90, "BUDGET": 0, "AUDIENCE": "staging", "EXECUTORS": {"audit": deliver}}
    with override_settings(AIRLOCK={"OUTBOX": outbox}):
        shown, lines = data()["configuration"]["outbox"], text().splitlines()
    assert shown["from"] == "AIRLOCK['OUTBOX']"
    assert shown["value"] == {
        "LEASE": "90",
        "BUDGET": "0",
        "MAX_ATTEMPTS": "5",
        "BACKOFF_FIRST": "1",
        "BACKOFF_MOST": "300",
        "BATCH": "100",
        "POLL": "5",
        "CHUNK_INTENTS": "500",
        "CHUNK_BYTES": "262144",
        "AUDIENCE": "staging",
        "EXECUTORS": "audit",
    }
    assert any("LEASE=90, BUDGET=0," in line for line in lines)


def test_what_the_program_configured_is_shown_as_that():
    before = airlock.get_configuration()
    airlock.configure(executor=deliver)
    try:
        assert f"executor airlock.configure() {__name__}.deliver" in rows()
    finally:
        airlock.configure(**before._asdict())


def test_versions_are_shown():
    assert f"django {django.get_version()}" in rows()
    assert f"airlock-django {version('airlock-django')}" in rows()


def test_installed_executors_are_shown_with_their_distributions():
    assert data()["executors"]["sync"] == f"airlock-core {version('airlock-core')}"
    assert data()["executors"]["django-tasks"] == f"airlock-django {version('airlock-django')}"


def test_policies_around_commands_are_shown():
    with override_settings(AIRLOCK={"COMMANDS": {"loaddata": airlock.DropAll()}}):
        assert "loaddata DropAll()" in rows()
    assert "none" in rows()


def test_where_the_middleware_stands_is_shown():
    paths = ["django.middleware.common.CommonMiddleware", "airlock.integrations.django.AirlockMiddleware"]
    with override_settings(MIDDLEWARE=paths):
        assert "AirlockMiddleware is number 2 of 2" in rows()
    assert "AirlockMiddleware is not there" in rows()


def test_what_the_checks_say_is_shown():
    assert any(line.startswith("WARNING airlock.W004: The executor is 'sync'") for line in rows())
    with override_settings(AIRLOCK={"EXECUTOR": "auto"}):
        assert "nothing is wrong" in rows()


def test_a_check_that_fails_itself_does_not_hide_the_others():
    class Raising:
        def db_for_write(self, model, **hints):
            raise ConnectionError("no directory of databases")

    with override_settings(DATABASE_ROUTERS=[Raising()]):
        checks = data()["checks"]
    assert [check["id"] for check in checks] == [None, "airlock.W004"]
    assert "check_databases failed: ConnectionError: no directory of databases" in checks[0]["message"]


def test_a_check_that_is_silenced_is_shown_as_that():
    with override_settings(SILENCED_SYSTEM_CHECKS=["airlock.W004"]):
        assert [check["level"] for check in data()["checks"]] == ["SILENCED"]


def test_errors_are_shown_instead_of_values(monkeypatch):
    monkeypatch.setattr(settings, "_reading", Reading({"EXECUTR": "sync"}))
    shown = rows()
    assert "not in force, since AIRLOCK has errors: see the checks below" in shown
    assert "ERROR airlock.E001: AIRLOCK has no key 'EXECUTR'. Did you mean 'EXECUTOR'?" in shown
    assert data()["configuration"] == {}
    assert data()["in_force"] is False


def test_no_secret_is_shown():
    keys = {"EXECUTOR": Vault(), "SCOPE": Locked, "SCOPE_KWARGS": {"api_key": "s3cret", "colour": "red"}}
    with override_settings(AIRLOCK=keys):
        shown = text() + text("--json")
    assert "s3cret" not in shown
    assert "colour=red" in shown
    assert "redis://***@host:6379/0" in shown


def test_all_of_it_fits_into_eighty_columns():
    policy = airlock.BlockTasks({f"a_task_with_a_long_name_{number}" for number in range(9)})
    with override_settings(AIRLOCK={"POLICY": policy, "COMMANDS": {"loaddata": policy}}):
        lines = [*text().splitlines(), *text("--ids").splitlines()]
    assert max(map(len, lines)) <= 80
    assert sum("a_task_with_a_long_name_8" in line for line in lines) == 2


def test_every_id_is_listed():
    shown = " ".join(text("--ids").split())
    assert all(f"{name} {meaning}" in shown for name, meaning in IDS.items())


def test_a_terminal_that_lacks_a_letter_gets_an_escape():
    class Foreign(airlock.DropAll):
        def __repr__(self):
            return "Füllhorn()"

    out = TextIOWrapper(raw := BytesIO(), encoding="ascii", write_through=True)
    with override_settings(AIRLOCK={"POLICY": Foreign()}):
        call_command("airlock", stdout=out)
    assert rb"F\xfcllhorn()" in raw.getvalue()


def test_the_ids_of_the_checks_that_run_are_those_that_are_listed():
    assert {check.__name__ for check in (*_checks.CHECKS, *_checks.DEPLOYMENT_CHECKS, *_checks.DATABASE_CHECKS)} == {
        name for name in vars(_checks) if name.startswith("check_") and callable(getattr(_checks, name))
    }


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return Project(tmp_path_factory.mktemp("overview"))


def test_a_broken_project_is_described_and_not_refused(project):
    project.settings("AIRLOCK = {'EXECUTR': 'sync'}")
    run = project.manage("airlock")
    assert (run.returncode, run.stderr) == (0, "")
    assert "ERROR airlock.E001: AIRLOCK has no key 'EXECUTR'." in run.stdout


def test_no_queue_is_imported_to_describe_the_project(project):
    project.settings("AIRLOCK = {'EXECUTOR': 'sync'}")
    script = (
        "import sys; from django.core.management import execute_from_command_line as run; "
        "run(['manage.py', 'airlock', '--json']); "
        "print([name for name in ('celery', 'dramatiq', 'huey', 'django_q') if name in sys.modules], file=sys.stderr)"
    )
    run = project.python("-c", script, DJANGO_SETTINGS_MODULE="site_settings")
    assert json.loads(run.stdout)["versions"]["python"] == ".".join(map(str, sys.version_info[:3]))
    assert run.stderr == "[]\n"
