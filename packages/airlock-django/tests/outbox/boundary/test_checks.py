"""The system checks of the outbox, by id."""

from contextlib import contextmanager

import pytest
from django.core import checks
from django.core.management import call_command
from django.db import connections
from django.test import override_settings
from outbox_suites.writer import recorder

from airlock.integrations.django._checks import TAG
from airlock.integrations.django.outbox.models import OutboxEntry, RelayHeartbeat

MIDDLEWARE = ["airlock.integrations.django.AirlockMiddleware"]


def found(alias=None, deploy=False):
    tags, databases = ([TAG, checks.Tags.database], [alias]) if alias else ([TAG], None)
    messages = checks.run_checks(tags=tags, databases=databases, include_deployment_checks=deploy)
    return {message.id: message for message in messages if message.id in OURS}


OURS = [f"airlock.W{number:03}" for number in (5, 6, 7, 8, 9, 10, 12, 13)]


@contextmanager
def project(alias="default", outbox=True, **settings):
    """Pretend that the project has these settings, with the outbox turned on."""
    keys = {"EXECUTOR": recorder, "USING": alias, **settings.pop("AIRLOCK", {})}
    if outbox:
        keys["OUTBOX"] = {"POLL": 5}
    with override_settings(AIRLOCK=keys, **{"MIDDLEWARE": MIDDLEWARE, "WSGI_APPLICATION": None, **settings}):
        yield


@pytest.fixture
def seen(alias):
    """Return what leaves the heartbeat of a relay that was there some seconds ago."""

    def leave(seconds):
        with connections[alias].cursor() as cursor:
            cursor.execute(
                {
                    "sqlite": "SELECT strftime('%s', 'now')",
                    "postgresql": "SELECT extract(epoch FROM clock_timestamp())",
                    "mysql": "SELECT unix_timestamp()",
                }[connections[alias].vendor]
            )
            now = int(float(cursor.fetchone()[0]) * 1000)
        RelayHeartbeat.objects.using(alias).create(name="one", alias=alias, started=1, seen=now - seconds * 1000)

    yield leave
    RelayHeartbeat.objects.using(alias).all().delete()


@pytest.fixture
def atomic_requests(monkeypatch):
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", True)


@pytest.fixture
def unmigrated(alias):
    """The table under another name, which to the checks is no table."""
    with connections[alias].schema_editor() as editor:
        editor.alter_db_table(OutboxEntry, "airlock_outbox_entry", "put_away")
    yield alias
    with connections[alias].schema_editor() as editor:
        editor.alter_db_table(OutboxEntry, "put_away", "airlock_outbox_entry")


def test_a_missing_table_is_a_warning_and_no_error_that_would_stop_migrate(unmigrated):
    with project(unmigrated):
        messages = found(unmigrated)
        assert list(messages) == ["airlock.W005"]
        assert f"manage.py migrate --database {unmigrated}" in messages["airlock.W005"].hint
        assert not messages["airlock.W005"].is_serious()
        call_command("check", databases=[unmigrated], verbosity=0)


def test_a_relay_that_was_seen_just_now_is_no_warning(alias, seen):
    seen(10)
    with project(alias):
        assert "airlock.W006" not in found(alias)


def test_a_relay_that_was_not_seen_for_a_while_is_a_warning(alias, seen):
    seen(600)
    with project(alias):
        message = found(alias)["airlock.W006"]
    assert message.msg.startswith("No relay was seen for 60")
    assert f"airlock_relay --using {alias}" in message.hint


def test_no_relay_at_all_is_a_warning(alias):
    with project(alias):
        assert found(alias)["airlock.W006"].msg.startswith(f"No relay runs on the database {alias!r}")


def test_without_the_outbox_nothing_is_checked(alias, atomic_requests):
    with project(alias, outbox=False, WSGI_APPLICATION="served.by_django.application"):
        assert found(alias, deploy=True) == {}


def test_a_database_that_may_not_be_asked_is_not(alias, django_queries):
    with project(alias):
        with django_queries(alias) as queries:
            assert found() == {}
    assert len(queries) == 0


@pytest.mark.parametrize(("value", "ids"), [("OFF", 1), ("NORMAL", 1), ("FULL", 0), ("EXTRA", 0)])
def test_sqlite_that_may_lose_a_commit_is_a_warning(value, ids):
    with connections["default"].cursor() as cursor:
        cursor.execute(f"PRAGMA synchronous={value}")
    try:
        with project():
            messages = [message for id_, message in found("default").items() if id_ == "airlock.W007"]
        assert len(messages) == ids
        assert all("has synchronous = " in message.msg for message in messages)
    finally:
        connections["default"].close()


@pytest.mark.parametrize(
    ("version", "mode", "is_warned"),
    [
        ((3, 40, 1), "wal", True),
        ((3, 40, 1), "delete", False),
        ((3, 44, 5), "wal", True),
        ((3, 44, 6), "wal", False),
        ((3, 46, 1), "wal", True),
        ((3, 50, 7), "wal", False),
        ((3, 51, 2), "wal", True),
        ((3, 51, 3), "wal", False),
        ((4, 0, 0), "wal", False),
    ],
)
def test_a_sqlite_that_loses_commits_in_wal_mode_is_a_warning(monkeypatch, version, mode, is_warned):
    connection = connections["default"]
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        (before,) = cursor.fetchone()
        cursor.execute(f"PRAGMA journal_mode={mode}")
    monkeypatch.setattr(connection.Database, "sqlite_version_info", version)
    try:
        with project():
            assert ("airlock.W013" in found("default")) is is_warned
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA journal_mode={before}")


@pytest.mark.server
@pytest.mark.parametrize(("value", "ids"), [("off", 1), ("on", 0), ("local", 0)])
def test_postgres_that_may_lose_a_commit_is_a_warning(value, ids):
    if "postgres" not in connections.settings:
        pytest.skip("no postgres answers; `make services` starts it")
    with connections["postgres"].cursor() as cursor:
        cursor.execute(f"SET synchronous_commit = {value}")
    try:
        with project("postgres"):
            assert list(found("postgres")).count("airlock.W007") == ids
    finally:
        connections["postgres"].close()


@pytest.mark.server
def test_mariadb_as_it_comes_is_no_warning():
    if "mariadb" not in connections.settings:
        pytest.skip("no mariadb answers; `make services` starts it")
    with connections["mariadb"].cursor() as cursor:
        cursor.execute("SELECT @@GLOBAL.innodb_flush_log_at_trx_commit, IF(@@GLOBAL.log_bin, @@GLOBAL.sync_binlog, 1)")
        values = cursor.fetchone()
    with project("mariadb"):
        assert ("airlock.W007" in found("mariadb")) is (values != (1, 1))


def test_requests_that_record_outside_transactions_are_a_warning_for_a_deployment():
    with project():
        assert "airlock.W008" not in found()
        assert "Set ATOMIC_REQUESTS for 'default'" in found(deploy=True)["airlock.W008"].hint


def test_without_the_middleware_there_are_no_such_requests():
    with project(MIDDLEWARE=[]):
        assert found(deploy=True) == {}


def test_djangos_own_application_is_a_warning_for_a_deployment(atomic_requests):
    with project(WSGI_APPLICATION="served.by_django.application"):
        assert found() == {}
        message = found(deploy=True)["airlock.W009"]
    assert "WSGI_APPLICATION is 'served.by_django.application'" in message.msg
    assert message.hint == "Import get_wsgi_application from airlock.integrations.django.handlers there."


@pytest.mark.parametrize(
    "settings",
    [
        {"WSGI_APPLICATION": "served.by_airlock.application"},
        {"WSGI_APPLICATION": "served.wrapped.application"},
        {"ASGI_APPLICATION": "served.by_airlock.asgi_application"},
        {"WSGI_APPLICATION": "served.nowhere.application"},
        {"WSGI_APPLICATION": None},
    ],
    ids=str,
)
def test_our_application_wrapped_or_not_is_no_warning(atomic_requests, settings):
    with project(**settings):
        assert found(deploy=True) == {}


def test_djangos_own_application_is_found_under_asgi_too(atomic_requests):
    with project(ASGI_APPLICATION="served.by_django.application"):
        assert "get_asgi_application()" in found(deploy=True)["airlock.W009"].msg


@pytest.fixture
def django_queries():
    from django.test.utils import CaptureQueriesContext

    return lambda alias: CaptureQueriesContext(connections[alias])


def test_scopes_that_know_nothing_of_the_outbox_are_a_warning_for_a_deployment():
    with project(AIRLOCK={"SCOPE": "airlock.Scope", "USING": None}):
        assert "the class Scope, which records nothing" in found(deploy=True)["airlock.W012"].msg
    with project():
        assert "airlock.W012" not in found(deploy=True)
