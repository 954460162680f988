"""Orders that are a row and an effect each, so that the database itself says which effects should have gone out."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.db import connections, transaction
from django_project.models import Entry

import airlock
from airlock.integrations.django import DjangoScope


class Undo(Exception):
    """Ends a block that is to be rolled back."""


class Shop:
    """A shop on one database."""

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self.sent: list[str] = []
        self.connection: Any = connections[alias]

    def send(self, name: str) -> None:
        """The task."""

    def executor(self, intent: airlock.Intent) -> None:
        """Note what was sent."""
        self.sent.append(intent.args[0])

    def scope(self, **arguments: Any) -> DjangoScope:
        """Return a scope on this database."""
        return DjangoScope(**{"executor": self.executor, "using": self.alias, **arguments})

    def atomic(self, **arguments: Any) -> Any:
        """Return a block of a transaction on this database."""
        return transaction.atomic(using=self.alias, **arguments)

    @contextmanager
    def undone(self, **arguments: Any) -> Iterator[None]:
        """A block that is rolled back, and the error swallowed."""
        with suppress(Undo):
            with self.atomic(**arguments):
                yield
                raise Undo

    def order(self, name: str) -> airlock.Intent:
        """Write a row, and want an effect."""
        Entry.objects.using(self.alias).create(text=name)
        return airlock.enqueue(self.send, name)

    def execute(self, sql: Any) -> None:
        """Run SQL."""
        with self.connection.cursor() as cursor:
            cursor.execute(sql)

    @property
    def rows(self) -> list[str]:
        """What the database holds, in order."""
        return list(Entry.objects.using(self.alias).order_by("id").values_list("text", flat=True))

    def empty(self) -> None:
        """Sell out, on a connection that works."""
        self.connection.close()
        if self.connection.in_atomic_block:
            self.connection.connect()
        Entry.objects.using(self.alias).all().delete()


def names(intents: list[airlock.Intent]) -> list[str]:
    """Return what the intents are about."""
    return [intent.args[0] for intent in intents]


@contextmanager
def by_atomic(shop: Shop) -> Iterator[None]:
    with shop.undone():
        yield


# Django 6.1 has given it another name.
_create_savepoint: Any = getattr(transaction, "savepoint_create", None) or transaction.savepoint


@contextmanager
def by_functions(shop: Shop) -> Iterator[None]:
    savepoint = _create_savepoint(using=shop.alias)
    yield
    transaction.savepoint_rollback(savepoint, using=shop.alias)


def by_sql(*statements: str) -> Callable[[Shop], Any]:
    """Return a form of savepoint that is written out."""

    @contextmanager
    def form(shop: Shop) -> Iterator[None]:
        quote = "`" if shop.connection.vendor == "mysql" else '"'
        work = "TRANSACTION" if shop.connection.vendor == "sqlite" else "WORK"
        before, after = [statement.replace("'", quote).replace("WORK", work) for statement in statements]
        shop.execute(before)
        yield
        shop.execute(after)

    return form


FORMS = {
    "atomic": by_atomic,
    "functions": by_functions,
    "sql": by_sql("SAVEPOINT mine", "ROLLBACK TO SAVEPOINT mine"),
    "short": by_sql("SAVEPOINT mine", "ROLLBACK TO mine"),
    "work": by_sql("savepoint Mine", "rollback WORK to savepoint mINE"),
    "quoted": by_sql("SAVEPOINT 'my own'", "ROLLBACK TO SAVEPOINT 'my own'"),
    "commented": by_sql("/* here */ SAVEPOINT -- now\n mine", "\n\tROLLBACK/* all */TO SAVEPOINT mine -- that"),
}
