"""Units of work of every shape, as fast as they go."""

import random
from collections.abc import Callable
from contextlib import suppress
from uuid import uuid4

from django.db import connection, transaction

import airlock
from airlock.integrations.django import atomic
from storm.models import Wish
from storm.recorder import effect


class RollbackError(Exception):
    """Takes back what was done."""


class Work:
    """One unit of work: what it enqueues, and the rows that speak of that."""

    def __init__(self, chance: random.Random) -> None:
        self.scope = uuid4().hex
        self._position = 0
        self._chance = chance

    def want(self, most: int = 5, required: bool = True) -> None:
        """Enqueue some, at least one."""
        for _ in range(self._chance.randint(1, most)):
            intent = airlock.enqueue(effect, self.scope, self._position)
            Wish.objects.create(intent=intent.id.hex, scope=self.scope, position=self._position, required=required)
            self._position += 1


def in_one(work: Work) -> None:
    """The scope is in the transaction."""
    with atomic():
        work.want(12)


def many(work: Work) -> None:
    """A scope of many parts."""
    with atomic():
        work.want(60)


def thousands(work: Work) -> None:
    """A scope as large as an import's."""
    with atomic():
        for _ in range(10_000):
            work.want(1)


def nested(work: Work) -> None:
    """Scopes in a scope."""
    with atomic():
        work.want()
        with atomic():
            work.want()
        with airlock.scope():
            work.want()
        work.want()


def around(work: Work) -> None:
    """The scope is around the transaction; it is recorded after that, so a kill in between may lose it."""
    with airlock.scope(), transaction.atomic():
        work.want(required=False)


def alone(work: Work) -> None:
    """No transaction at all."""
    with airlock.scope():
        work.want(3, required=False)


def rolled_back(work: Work) -> None:
    """The transaction fails after the scope has ended."""
    with suppress(RollbackError), transaction.atomic():
        with airlock.scope():
            work.want()
        raise RollbackError


def savepoint_rolled_back(work: Work) -> None:
    """A savepoint inside the scope fails."""
    with atomic():
        work.want()
        with suppress(RollbackError), transaction.atomic():
            work.want()
            raise RollbackError
        work.want()


def scope_in_savepoint(work: Work) -> None:
    """The savepoint fails in which the scope has ended."""
    with transaction.atomic():
        with suppress(RollbackError), atomic():
            with airlock.scope():
                work.want()
            raise RollbackError
        with atomic():
            work.want()


def by_hand(work: Work) -> None:
    """A savepoint that is rolled back by hand."""
    with transaction.atomic(), connection.cursor() as cursor:
        with airlock.scope():
            work.want()
        cursor.execute("SAVEPOINT by_hand")
        with airlock.scope():
            work.want()
        cursor.execute("ROLLBACK TO SAVEPOINT by_hand")


EVERYDAY: list[Callable[[Work], None]] = [
    in_one,
    many,
    nested,
    around,
    alone,
    rolled_back,
    savepoint_rolled_back,
    scope_in_savepoint,
    by_hand,
]
SHAPES = {shape.__name__: shape for shape in (*EVERYDAY, thousands)}


def produce(seed: str, shapes: list[Callable[[Work], None]], count: int, proceed: Callable[[], bool]) -> None:
    """Do units of work until it is time to stop, or so many of them."""
    chance = random.Random(seed)
    while count and proceed():
        chance.choice(shapes)(Work(chance))
        count -= 1
    connection.close()
