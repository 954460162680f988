"""Tasks in PostgreSQL, which refuses a character and may be lost at any moment."""

from collections.abc import Iterator
from typing import Any

import pytest
from airlock_conformance import tasks as conformance
from django.db import OperationalError, connections
from django_tasks_suites import databases, tasks

import airlock
from airlock import Intent, InvalidIntentError, Scope
from airlock.integrations.executors.django_tasks import django_tasks_executor

pytestmark = pytest.mark.server

note: Any = tasks.TASKS[conformance.note]


@pytest.fixture(autouse=True)
def _postgres(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    databases.use(monkeypatch, "postgres")
    databases.execute("postgres", f"DELETE FROM {databases.TABLE}")
    yield
    databases.execute("postgres", f"DROP TRIGGER IF EXISTS airlock_cut ON {databases.TABLE}")
    databases.execute("postgres", f"DELETE FROM {databases.TABLE}")
    connections["postgres"].close()


def test_a_character_that_postgres_refuses_is_refused_before_it_gets_there() -> None:
    for bad in ("nul\0", ["\\", {"deep": "\\\0"}], {"\0": 1}):
        with pytest.raises(InvalidIntentError, match=r"argument 'subject' is .* NUL"):
            django_tasks_executor(Intent(note, (), {"subject": bad}))
    django_tasks_executor(Intent(note, ("\\u0000", "\\\\u0000 is text")))
    assert [row.args for row in databases.rows("postgres")] == [("\\u0000", "\\\\u0000 is text")]


CUT = """
CREATE OR REPLACE FUNCTION airlock_cut() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$
"""


def lost(moment: str) -> Scope:
    """Flush to a PostgreSQL that ends the connection when something is inserted, at once or when it commits."""
    databases.execute("postgres", CUT)
    databases.execute(
        "postgres",
        f"CREATE CONSTRAINT TRIGGER airlock_cut AFTER INSERT ON {databases.TABLE} {moment} "
        "FOR EACH ROW EXECUTE FUNCTION airlock_cut()",
    )
    scope = Scope(executor=django_tasks_executor)
    with pytest.raises(OperationalError), scope:
        for number in range(3):
            airlock.enqueue(note, number)
    assert databases.rows("postgres") == []
    assert (scope.dispatched, scope.undispatched) == ([], scope.intents)
    return scope


def test_what_was_lost_before_the_commit_is_certain_not_to_be_there() -> None:
    assert lost("").uncertain == []


def test_what_was_lost_in_the_commit_is_uncertain() -> None:
    scope = lost("DEFERRABLE INITIALLY DEFERRED")
    assert scope.uncertain == scope.intents
