"""Databases that go away, are locked, or keep what was deleted."""

import sqlite3
from contextlib import closing, contextmanager
from unittest.mock import ANY

import psycopg
import pymysql
import pytest
from airlock_conformance.proxy import CuttingProxy
from django.core.management import CommandError
from django.db import DatabaseError, OperationalError, connections, transaction
from django.test import override_settings
from outbox_suites.entries import make_due
from outbox_suites.relays import SETTINGS, until

from airlock.integrations.django.outbox import _claims, _written
from airlock.integrations.django.outbox._claims import claim
from airlock.integrations.django.outbox._relay import Relay
from airlock.integrations.django.outbox._retry import with_retries
from airlock.integrations.django.outbox._settings import required_settings
from airlock.integrations.django.outbox._signals import Stopping
from airlock.integrations.django.outbox.models import OutboxEntry, RelayHeartbeat


def beats(outbox):
    return RelayHeartbeat.objects.using(outbox.alias).exists()


def take(outbox, **options):
    wanted = {"count": 10, "lease": 60_000, "audience": ""}
    return [entry.part for entry in claim(outbox.connection, **{**wanted, **options}).entries]


INSERT = (
    "INSERT INTO airlock_outbox_entry (scope, part, version, audience, body, mac, size, done, state, attempts, due,"
    " token, created, last_error) VALUES ('s', 0, 2, '', '', '', 1, 0, 0, 0, 2, '', 2, '')"
)


@contextmanager
def another_connection(alias):
    """Connect past Django."""
    options = connections[alias].settings_dict
    if alias == "default":
        made = sqlite3.connect(options["NAME"], timeout=20, isolation_level=None)
    elif alias == "postgres":
        made = psycopg.connect(
            host=options["HOST"], port=options["PORT"], user=options["USER"], dbname=options["NAME"], autocommit=True
        )
    else:
        made = pymysql.connect(
            host=options["HOST"], port=options["PORT"], user=options["USER"], database=options["NAME"], autocommit=True
        )
    with closing(made):
        yield made.cursor()


def end_other_connections(alias):
    """Let the server end every connection to this database but the one that asks for it."""
    name = connections[alias].settings_dict["NAME"]
    with another_connection(alias) as cursor:
        if alias == "postgres":
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                f" WHERE datname = '{name}' AND pid <> pg_backend_pid()"
            )
            return cursor.fetchone()[0]
        cursor.execute(f"SELECT id FROM information_schema.processlist WHERE db = '{name}' AND id <> connection_id()")
        found = cursor.fetchall()
        for (number,) in found:
            cursor.execute(f"KILL {number}")
        return len(found)


@pytest.mark.parametrize("alias", ["postgres", "mariadb"], indirect=True)
@pytest.mark.server
def test_a_relay_whose_connection_is_ended_in_the_middle_of_its_work_connects_again_and_finishes(outbox):
    outbox.put("one", ["wait", "", ""])
    with outbox.relay(BACKOFF_FIRST=0.1) as process:
        until(lambda: outbox.has_switch("waiting"))
        outbox.connection.close()
        assert end_other_connections(outbox.alias) >= 1
        outbox.set_switch("go")
        until(outbox.is_empty)
        outbox.put("two", [""])
        until(outbox.is_empty)
        assert process.poll() is None
    assert outbox.firsts_of("one") == [0, 1, 2]
    assert outbox.sent_of("two") == [0]
    assert f"the database '{outbox.alias}' cannot be used (OperationalError" in outbox.log
    assert "can be used again" in outbox.log
    assert "Traceback" not in outbox.log


@pytest.mark.parametrize("other", ["postgres", "mariadb"])
@pytest.mark.parametrize("alias", ["default"], indirect=True)
@pytest.mark.server
def test_a_connection_that_tasks_have_to_another_database_is_made_anew_where_it_was_ended(outbox, other):
    def ask(intent):
        with connections[other].cursor() as cursor:
            cursor.execute("SELECT 1")
        answered.append(intent.args[0])

    answered = []
    stopping = Stopping()
    with override_settings(AIRLOCK={**SETTINGS, "EXECUTOR": ask}):
        relay = Relay(outbox.alias, required_settings(), stopping=stopping)
        outbox.put("before", [""])
        relay._attempt()
        end_other_connections(other)
        outbox.put("after", [""])
        for _ in range(2):
            relay._attempt()
            make_due(outbox.alias)
    stopping.close()
    assert answered == ["before", "after"]
    connections[other].close()


@pytest.mark.parametrize("alias", ["postgres", "mariadb"], indirect=True)
@pytest.mark.server
def test_a_relay_waits_for_a_database_that_is_not_there_yet_and_for_one_that_goes_away(outbox):
    options = outbox.connection.settings_dict
    with CuttingProxy(options["HOST"], options["PORT"]) as proxy:
        proxy.cut_now()
        with outbox.relay(port=proxy.url_port, BACKOFF_FIRST=0.05) as process:
            until(lambda: outbox.log.count("cannot be used") >= 2)
            proxy.restore()
            outbox.put("one", [""])
            until(outbox.is_empty)
            proxy.cut_now()
            before = outbox.log.count("cannot be used")
            until(lambda: outbox.log.count("cannot be used") > before)
            outbox.put("two", ["", ""])
            proxy.restore()
            until(outbox.is_empty)
            assert process.poll() is None
    assert [(each.label, each.number) for each in outbox.sent] == [("one", 0), ("two", 0), ("two", 1)]


@pytest.mark.parametrize("alias", ["default"], indirect=True)
def test_a_relay_waits_for_a_database_that_is_locked_and_says_so(outbox, monkeypatch):
    monkeypatch.setitem(outbox.connection.settings_dict, "OPTIONS", {"timeout": 0.05})
    outbox.put("one", [""], leased=True)
    with outbox.relay(BACKOFF_FIRST=0.1) as process:
        until(lambda: beats(outbox))
        make_due(outbox.alias)
        with another_connection(outbox.alias) as cursor:
            cursor.execute("BEGIN EXCLUSIVE")
            until(lambda: "database is locked" in outbox.log or "cannot be used (OperationalError" in outbox.log)
            cursor.execute("ROLLBACK")
        until(outbox.is_empty)
        assert process.poll() is None
    assert outbox.sent_of("one") == [0]


def test_a_database_without_the_table_is_an_error_that_says_what_to_run(outbox, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(OutboxEntry._meta, "db_table", "no_such_table")
        with pytest.raises(CommandError, match=f"run `manage.py migrate --database {outbox.alias}`"):
            outbox.run_once()


def test_a_later_part_cannot_be_claimed_before_the_earlier_ones_are_gone(outbox, settings_with):
    with settings_with(CHUNK_INTENTS=1):
        outbox.put("long", ["", "", ""])
    assert take(outbox) == [0]
    assert take(outbox) == []
    OutboxEntry.objects.using(outbox.alias).filter(part=0).delete()
    assert take(outbox, count=1) == [1]


def test_a_database_that_cannot_return_what_it_updates_is_asked_in_two_steps(outbox, settings_with, monkeypatch):
    monkeypatch.setattr(_claims, "can_return_what_it_updates", lambda connection: False)
    with settings_with(CHUNK_INTENTS=1):
        outbox.put("long", ["", "", ""])
    found = claim(outbox.connection, count=10, lease=60_000, audience="")
    assert [(entry.part, entry.attempts, entry.token) for entry in found.entries] == [(0, 1, found.token)]
    assert [(entry.attempts, entry.token) for entry in outbox.entries()] == [(1, found.token), (0, ANY), (0, ANY)]
    make_due(outbox.alias)
    outbox.run_once()
    assert outbox.sent_of("long") == [0, 1, 2]


def test_a_part_that_is_parked_does_not_hold_back_the_later_ones(outbox, settings_with):
    with settings_with(CHUNK_INTENTS=1):
        outbox.put("long", ["", ""])
    OutboxEntry.objects.using(outbox.alias).filter(part=0).update(state=2)
    assert take(outbox) == [1]


@pytest.mark.parametrize("alias", ["postgres", "mariadb"], indirect=True)
@pytest.mark.server
def test_what_another_has_locked_is_passed_over_without_waiting(outbox, settings_with):
    for label in ("one", "two"):
        outbox.put(label, [""])
    locked = outbox.entries()[0].id
    with another_connection(outbox.alias) as cursor:
        cursor.execute("BEGIN")
        cursor.execute(f"SELECT id FROM airlock_outbox_entry WHERE id = {locked} FOR UPDATE")
        found = claim(outbox.connection, count=10, lease=60_000, audience="").entries
        cursor.execute("ROLLBACK")
    assert [entry.id for entry in found] == [entry.id for entry in outbox.entries() if entry.id != locked]


@pytest.mark.parametrize("alias", ["mariadb"], indirect=True)
@pytest.mark.server
def test_a_claim_holds_up_no_writer_where_the_project_has_chosen_repeatable_read(outbox, monkeypatch):
    monkeypatch.setitem(outbox.connection.settings_dict["OPTIONS"], "isolation_level", "repeatable read")
    outbox.connection.close()
    outbox.put("one", [""])
    variable = "tx_isolation" if outbox.connection.mysql_is_mariadb else "transaction_isolation"
    with transaction.atomic(using=outbox.alias):
        with outbox.connection.cursor() as cursor:
            cursor.execute(f"SELECT @@{variable}")
            assert cursor.fetchone() == ("REPEATABLE-READ",)
    statements = []

    def note(execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        if "FOR UPDATE" in sql:
            with another_connection(outbox.alias) as cursor:
                cursor.execute("SET innodb_lock_wait_timeout = 1")
                cursor.execute(INSERT)
                statements.append(sql)
        return result

    with outbox.connection.execute_wrapper(note):
        assert take(outbox) == [0]
    assert len(statements) == 1
    outbox.connection.close()


@pytest.mark.parametrize("alias", ["mariadb"], indirect=True)
@pytest.mark.server
def test_a_claim_inside_a_transaction_leaves_its_isolation_level_alone(outbox, monkeypatch):
    monkeypatch.setitem(outbox.connection.settings_dict["OPTIONS"], "isolation_level", "repeatable read")
    outbox.connection.close()
    with transaction.atomic(using=outbox.alias):
        outbox.put("one", [""])
        assert take(outbox) == [0]
    outbox.connection.close()


def test_a_relay_under_debug_keeps_no_record_of_its_statements(outbox):
    for number in range(30):
        outbox.put(f"scope{number}", [""])
    with override_settings(DEBUG=True):
        outbox.run_once(batch=1)
    assert len(outbox.sent) == 30
    assert len(outbox.connection.queries_log) < 10
    outbox.connection.queries_log.clear()


def test_what_is_due_early_is_found_although_the_relay_looks_from_where_it_was(outbox):
    for number in range(6):
        outbox.put(f"scope{number}", [""])
    entries = outbox.entries()
    for place, entry in enumerate(entries):
        OutboxEntry.objects.using(outbox.alias).filter(id=entry.id).update(due=1000 - place)
    outbox.run_once(batch=2)
    assert outbox.entries() == []
    assert len(outbox.sent) == 6


@pytest.mark.parametrize("alias", ["postgres", "mariadb"], indirect=True)
@pytest.mark.server
def test_a_claim_can_leave_out_what_was_due_long_ago(outbox):
    for number in range(3):
        outbox.put(f"scope{number}", [""])
    for place, entry in enumerate(outbox.entries()):
        OutboxEntry.objects.using(outbox.alias).filter(id=entry.id).update(due=100 + place)
    found = claim(outbox.connection, count=1, lease=60_000, audience="", floor=101)
    assert (found.earliest, found.latest) == (101, 101)
    assert claim(outbox.connection, count=5, lease=60_000, audience="", floor=102).latest == 102
    assert claim(outbox.connection, count=5, lease=60_000, audience="").latest == 100


IMPATIENCE = {
    "sqlite": "PRAGMA busy_timeout = 50",
    "postgresql": "SET lock_timeout = '50ms'",
    "mysql": "SET innodb_lock_wait_timeout = 1",
}


@pytest.mark.parametrize("alias", ["postgres", "mariadb"], indirect=True)
@pytest.mark.server
def test_nobody_waits_for_writers_that_have_not_committed(outbox):
    for number in range(20):
        outbox.put(f"scope{number}", [""])
    scopes = [outbox.put(f"own{number}", [""], leased=True) and outbox.entries()[-1].scope for number in range(20)]
    with outbox.connection.cursor() as own:
        own.execute(IMPATIENCE[outbox.connection.vendor])
    with another_connection(outbox.alias) as cursor:
        cursor.execute("BEGIN")
        cursor.execute(INSERT)
        outbox.run_once()
        assert len(outbox.sent) == 20
        assert _written.delete_sent(outbox.connection, scopes[:10]) == 10
        _written.release(outbox.connection, scopes[10:])
        cursor.execute("ROLLBACK")
    assert [entry.token for entry in outbox.entries()] == [""] * 10
    outbox.connection.close()


def test_a_step_is_taken_again_where_another_transaction_was_in_its_way(outbox):
    def step():
        tries.append(None)
        if len(tries) == 2:
            cursor.execute("ROLLBACK")
        with outbox.connection.cursor() as own:
            own.execute("UPDATE airlock_outbox_entry SET attempts = 7")

    tries = []
    outbox.put("one", [""])
    with outbox.connection.cursor() as own:
        own.execute(IMPATIENCE[outbox.connection.vendor])
    with another_connection(outbox.alias) as cursor:
        cursor.execute("BEGIN")
        cursor.execute("UPDATE airlock_outbox_entry SET attempts = 3")
        with_retries(step)
    outbox.connection.close()
    assert len(tries) == 2
    assert [entry.attempts for entry in outbox.entries()] == [7]


@pytest.mark.parametrize("name", ["sqlstate", "pgcode"])
def test_both_drivers_of_postgres_are_understood(name):
    class Deadlock(Exception): ...

    def step():
        tries.append(None)
        if len(tries) == 1:
            cause = Deadlock("deadlock detected")
            setattr(cause, name, "40P01")
            raise OperationalError from cause
        return "done"

    tries = []
    assert with_retries(step) == "done"


@pytest.mark.parametrize("alias", ["postgres"], indirect=True)
def test_a_project_may_have_its_statements_prepared(outbox, monkeypatch):
    options = {"server_side_binding": True, "prepare_threshold": 0}
    outbox.connection.close()
    monkeypatch.setitem(outbox.connection.settings_dict, "OPTIONS", options)
    try:
        outbox.put("a", ["", "", "raise"])
        outbox.put("b", [""] * 3)
        with outbox.connection.cursor() as cursor:
            cursor.execute("SELECT statement FROM pg_prepared_statements")
            assert any("INSERT INTO airlock_outbox_entry" in statement for (statement,) in cursor.fetchall())
        outbox.run_once()
        assert (outbox.sent_of("a"), outbox.sent_of("b")) == ([0, 1], [0, 1, 2])
        assert [(entry.done, entry.attempts) for entry in outbox.entries()] == [(2, 1)]
    finally:
        outbox.connection.close()


def test_what_no_second_try_will_mend_is_raised_at_once(outbox):
    def step():
        tries.append(None)
        with outbox.connection.cursor() as own:
            own.execute("SELECT no_such_column FROM airlock_outbox_entry")

    tries = []
    with pytest.raises(DatabaseError):
        with_retries(step)
    assert len(tries) == 1
