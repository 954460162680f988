"""Transactions that the database ends by itself, or that never come to a commit."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, connections
from django.db.models.expressions import RawSQL
from django_project.models import Entry
from scope_suites.shop import Shop, names
from scope_suites.waiting import wait_until

import airlock

SERVERS = [pytest.param(name, marks=pytest.mark.server) for name in ("postgres", "mariadb")]


@contextmanager
def another_connection(shop: Shop) -> Iterator[Any]:
    """A cursor on a second connection to the same database."""
    connection = shop.connection.copy()
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


def kill(shop: Shop) -> None:
    """Let the server drop the shop's connection."""
    own, end = {
        "postgresql": ("SELECT pg_backend_pid()", "SELECT pg_terminate_backend({}, 5000)"),
        "mysql": ("SELECT CONNECTION_ID()", "KILL CONNECTION {}"),
    }[shop.connection.vendor]
    with shop.connection.cursor() as cursor:
        cursor.execute(own)
        number = cursor.fetchone()[0]
    with another_connection(shop) as cursor:
        cursor.execute(end.format(number))


@pytest.mark.parametrize("alias", SERVERS)
@pytest.mark.parametrize("at_commit", [True, False])
def test_a_connection_that_is_dropped_takes_the_intents_with_it(shop: Shop, at_commit: bool) -> None:
    with shop.scope() as around:
        with pytest.raises(DatabaseError):
            with shop.atomic():
                shop.order("a")
                kill(shop)
                if not at_commit:
                    shop.order("b")
        shop.connection.close()
        with shop.atomic():
            shop.order("c")

    assert shop.sent == shop.rows == ["c"]
    assert names(around.rolled_back) == ["a"]


@pytest.mark.parametrize("alias", SERVERS)
@pytest.mark.parametrize("at_commit", [True, False])
def test_a_connection_that_is_dropped_takes_what_is_pending_with_it(shop: Shop, at_commit: bool) -> None:
    with pytest.raises(DatabaseError):
        with shop.atomic():
            with shop.scope() as scope:
                shop.order("a")
            kill(shop)
            if not at_commit:
                shop.order("b")

    assert (shop.sent, names(scope.rolled_back), scope.undispatched) == ([], ["a"], [])


def test_a_connection_that_is_closed_takes_the_intents_with_it(shop: Shop) -> None:
    with shop.scope() as scope:
        with shop.atomic():
            shop.order("a")
            shop.connection.close()
            airlock.enqueue(shop.send, "b")
        with shop.atomic():
            shop.order("c")

    assert shop.sent == shop.rows == ["c"]
    assert names(scope.rolled_back) == ["a", "b"]


def copy(shop: Shop) -> None:
    with shop.connection.cursor() as cursor, cursor.copy("COPY django_project_entry (id) FROM STDIN") as rows:
        rows.write("no number")


def call(shop: Shop) -> None:
    with shop.connection.cursor() as cursor:
        cursor.callproc("no_such_procedure")


def fetch(shop: Shop) -> None:
    list(Entry.objects.using(shop.alias).annotate(inverse=RawSQL("1 / (id - id)", [])).iterator())


@pytest.mark.parametrize("alias", SERVERS[:1])
@pytest.mark.parametrize("spoil", [copy, call, fetch])
def test_what_no_query_tells_of_takes_a_transaction_on_postgresql_with_it(
    shop: Shop, spoil: Callable[[Shop], None]
) -> None:
    with shop.scope() as around:
        with shop.atomic():
            with shop.scope() as inside:
                shop.order("a")
            shop.order("b")
            with suppress(Exception):
                spoil(shop)
        with shop.atomic():
            shop.order("c")

    assert shop.sent == shop.rows == ["c"]
    assert inside.dispatched == []
    assert names(around.rolled_back) == ["a", "b"]
    assert "_commit" not in vars(shop.connection)


@pytest.mark.parametrize("alias", ["default"])
def test_sqlite_may_roll_back_everything_for_one_statement(shop: Shop) -> None:
    with shop.scope() as scope:
        with shop.atomic():
            shop.order("a")
            with suppress(IntegrityError):
                shop.execute("INSERT OR ROLLBACK INTO django_project_entry (text) VALUES ('a')")

    assert shop.sent == shop.rows == []
    assert names(scope.rolled_back) == ["a"]


@pytest.mark.parametrize("alias", SERVERS[1:])
def test_a_deadlock_on_mariadb_takes_the_whole_transaction_with_it(shop: Shop) -> None:
    rows: list[str] = []
    locked, done = threading.Event(), threading.Event()

    def contend() -> None:
        # The one that has written more is spared.
        other = Shop(shop.alias)
        with other.atomic():
            for number in range(20):
                other.execute(f"INSERT INTO django_project_entry (text) VALUES ('more {number}')")
            other.execute("UPDATE django_project_entry SET text = 'two, theirs' WHERE text = 'two'")
            locked.set()
            other.execute("UPDATE django_project_entry SET text = 'one, theirs' WHERE text = 'one'")
        other.connection.close()
        done.set()

    for name in ("one", "two"):
        shop.execute(f"INSERT INTO django_project_entry (text) VALUES ('{name}')")
    thread = threading.Thread(target=contend)
    with shop.scope():
        with shop.atomic():
            shop.order("lost")
            shop.execute("UPDATE django_project_entry SET text = 'one, ours' WHERE text = 'one'")
            thread.start()
            assert locked.wait(20)
            with another_connection(shop) as cursor:
                wait_until(lambda: _is_waiting(cursor))
            with pytest.raises(OperationalError, match="Deadlock"):
                shop.execute("UPDATE django_project_entry SET text = 'two, ours' WHERE text = 'two'")
            shop.order("kept")
    thread.join(20)
    rows = shop.rows

    assert done.is_set()
    assert (shop.sent, "kept" in rows, "lost" in rows) == (["kept"], True, False)


def _is_waiting(cursor: Any) -> bool:
    cursor.execute("SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'")
    return bool(cursor.fetchone()[0])


def test_a_thread_that_ends_in_the_middle_of_a_transaction_leaves_nothing(shop: Shop) -> None:
    scopes: list[Any] = []

    def work() -> None:
        own = Shop(shop.alias)
        block = own.atomic()
        block.__enter__()
        with own.scope(executor=shop.executor) as scope:
            scopes.append(scope)
            own.order("a")
        own.connection.close()
        block.__exit__(None, None, None)
        connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(20)

    assert (shop.sent, shop.rows, names(scopes[0].rolled_back)) == ([], [], ["a"])
