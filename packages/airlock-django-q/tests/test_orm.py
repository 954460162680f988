"""The ORM broker: a flush is rows in a transaction."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django_q.brokers import get_broker
from django_q.models import OrmQ
from django_q_project import tasks
from django_q_project.backends import postgres_proxy, use_orm
from django_q_project.packages_seen import on_postgres, on_sqlite, postgres

import airlock
from airlock import Intent, Scope
from airlock.integrations.executors.django_q import _orm, django_q_executor


@pytest.fixture(autouse=True)
def _orm_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    use_orm(monkeypatch)
    OrmQ.objects.all().delete()


@pytest.fixture
def _postgres(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with postgres_proxy(monkeypatch):
        with postgres() as direct:
            direct.execute("DELETE FROM django_q_ormq")
            yield
            direct.execute("DROP TRIGGER IF EXISTS airlock_cut ON django_q_ormq")


def numbers(packages: list[dict[str, Any]]) -> list[int]:
    return [package["args"][0] for package in packages]


def flush(count: int, **arguments: Any) -> Scope:
    with Scope(executor=django_q_executor, **arguments) as scope:
        for number in range(count):
            airlock.enqueue(tasks.note, number)
    return scope


def test_a_row_is_what_the_broker_itself_would_have_inserted() -> None:
    flush(1)
    get_broker().enqueue("payload")
    ours, theirs = OrmQ.objects.order_by("pk").values()
    for own in ("id", "payload", "lock"):
        assert type(ours.pop(own)) is type(theirs.pop(own))
    assert ours == theirs


def test_a_flush_is_one_insert() -> None:
    with CaptureQueriesContext(connection) as queries:
        flush(100)
    assert [query["sql"].split()[0] for query in queries] == ["BEGIN", "INSERT", "COMMIT"]


def test_long_messages_are_inserted_in_pieces_of_one_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_orm, "_CHARACTERS", 1000)
    with CaptureQueriesContext(connection) as queries:
        flush(7)
    words = [query["sql"].split()[0] for query in queries]
    assert words[0] == "BEGIN"
    assert words[-1] == "COMMIT"
    assert 1 < words.count("INSERT") == len(words) - 2
    assert numbers(on_sqlite()) == list(range(7))


def test_tasks_of_a_transaction_that_is_rolled_back_are_not_sent() -> None:
    with pytest.raises(LookupError), transaction.atomic():
        assert len(flush(2).dispatched) == 2
        raise LookupError
    assert on_sqlite() == []


def test_tasks_of_a_transaction_are_sent_when_it_is_committed() -> None:
    with transaction.atomic():
        flush(2)
        assert on_sqlite() == []
    assert numbers(on_sqlite()) == [0, 1]


def test_each_cluster_has_its_own_queue_and_a_flush_to_several_keeps_its_order() -> None:
    with Scope(executor=django_q_executor):
        for number, cluster in enumerate(["airlock", "slow", None, "slow"]):
            airlock.options(cluster=cluster).enqueue(tasks.note, number)
    assert numbers(on_sqlite()) == [0, 2]
    assert numbers(on_sqlite("slow")) == [1, 3]
    assert [row.task["args"][0] for row in OrmQ.objects.order_by("pk")] == [0, 1, 2, 3]


@pytest.mark.server
@pytest.mark.usefixtures("_postgres")
def test_the_rows_are_in_the_database_that_the_broker_is_configured_for() -> None:
    flush(3)
    assert numbers(on_postgres()) == [0, 1, 2]
    assert on_sqlite() == []


CUT = """
CREATE OR REPLACE FUNCTION airlock_cut() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$
"""


def cut_when(moment: str) -> None:
    """Have PostgreSQL end the connection that inserts, at once or when it commits."""
    with postgres() as direct:
        direct.execute(CUT)
        direct.execute(
            f"CREATE CONSTRAINT TRIGGER airlock_cut AFTER INSERT ON django_q_ormq {moment} "
            "FOR EACH ROW EXECUTE FUNCTION airlock_cut()"
        )


def lost(count: int) -> Scope:
    scope = Scope(executor=django_q_executor)
    with pytest.raises(OperationalError), scope:
        for number in range(count):
            airlock.enqueue(tasks.note, number)
    assert on_postgres() == []
    assert (scope.dispatched, numbers_of(scope.undispatched)) == ([], list(range(count)))
    return scope


def numbers_of(intents: list[Intent]) -> list[int]:
    return [intent.args[0] for intent in intents]


@pytest.mark.server
@pytest.mark.usefixtures("_postgres")
def test_what_was_lost_before_the_commit_is_certain_not_to_be_there() -> None:
    cut_when("")
    assert lost(3).uncertain == []


@pytest.mark.server
@pytest.mark.usefixtures("_postgres")
def test_what_was_lost_in_the_commit_is_uncertain() -> None:
    cut_when("DEFERRABLE INITIALLY DEFERRED")
    assert numbers_of(lost(3).uncertain) == [0, 1, 2]


@pytest.mark.server
@pytest.mark.usefixtures("_postgres")
def test_a_transaction_that_was_lost_takes_nothing_with_it_that_is_uncertain() -> None:
    scope = Scope(executor=django_q_executor)
    with postgres() as direct:
        with pytest.raises(OperationalError), transaction.atomic(using="postgres"):
            with connections["postgres"].cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                direct.execute("SELECT pg_terminate_backend(%s)", cursor.fetchone())
            with scope:
                airlock.enqueue(tasks.note, 1)
    assert numbers_of(scope.undispatched) == [1]
    assert scope.uncertain == []


async def aflush(count: int) -> Scope:
    async with Scope(executor=django_q_executor) as scope:
        for number in range(count):
            airlock.enqueue(tasks.note, number)
    return scope


def test_a_coroutine_sends_over_djangos_own_thread() -> None:
    scope = asyncio.run(aflush(3))
    assert numbers(on_sqlite()) == [0, 1, 2]
    assert list(scope.results.values()) == [intent.id.hex for intent in scope.dispatched]


def test_a_coroutine_that_does_not_await_its_scope_is_told_to() -> None:
    async def program() -> None:
        flush(1)

    with pytest.raises(airlock.UsageError, match="async with"):
        asyncio.run(program())
    assert on_sqlite() == []


def test_what_a_coroutine_could_not_send_is_undispatched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connections["default"].settings_dict, "NAME", "/")
    connections["default"].close()
    scopes: list[Scope] = []

    async def program() -> None:
        scopes.append(Scope(executor=django_q_executor))
        async with scopes[0]:
            airlock.enqueue(tasks.note, 1)

    with pytest.raises(OperationalError):
        asyncio.run(program())
    assert numbers_of(scopes[0].undispatched) == [1]
    assert scopes[0].uncertain == []
