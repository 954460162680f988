"""Letting an intent take effect once."""

import threading
from uuid import uuid4

import pytest
from django.db import connections, transaction
from scope_suites.shop import Undo

import airlock
from airlock.integrations.django.outbox.inbox import once
from airlock.integrations.django.outbox.models import InboxEntry


@pytest.fixture
def inbox(alias):
    yield alias
    InboxEntry.objects.using(alias).all().delete()


def test_the_first_time_is_true_and_every_other_false(inbox):
    id_ = uuid4()
    answers = []
    for given in (id_, str(id_), id_.hex, id_):
        with transaction.atomic(using=inbox):
            answers.append(once(given, using=inbox))
    assert answers == [True, False, False, False]


def test_twice_in_one_transaction_is_once(inbox):
    id_ = uuid4()
    with transaction.atomic(using=inbox):
        assert once(id_, using=inbox)
        assert not once(id_, using=inbox)
        # The transaction is as good as ever.
        assert InboxEntry.objects.using(inbox).get().intent == id_


def test_it_is_forgotten_with_the_transaction(inbox):
    id_ = uuid4()
    with pytest.raises(Undo):
        with transaction.atomic(using=inbox):
            assert once(id_, using=inbox)
            raise Undo
    with transaction.atomic(using=inbox):
        assert once(id_, using=inbox)


def test_it_is_forgotten_with_the_savepoint(inbox):
    id_ = uuid4()
    with transaction.atomic(using=inbox):
        with pytest.raises(Undo):
            with transaction.atomic(using=inbox):
                assert once(id_, using=inbox)
                raise Undo
        assert once(id_, using=inbox)


def test_it_has_the_time_of_the_database(inbox):
    with transaction.atomic(using=inbox):
        once(uuid4(), using=inbox)
    seconds = InboxEntry.objects.using(inbox).get().created / 1000
    with connections[inbox].cursor() as cursor:
        cursor.execute(
            {
                "sqlite": "SELECT strftime('%s', 'now')",
                "postgresql": "SELECT extract(epoch FROM clock_timestamp())",
                "mysql": "SELECT unix_timestamp()",
            }[connections[inbox].vendor]
        )
        assert abs(float(cursor.fetchone()[0]) - seconds) < 60


@pytest.mark.parametrize("commits", [True, False], ids=["commits", "rolls-back"])
def test_a_second_consumer_waits_for_the_first(inbox, commits):
    id_ = uuid4()
    asked = threading.Event()
    answers = []

    def second():
        try:
            asked.set()
            with transaction.atomic(using=inbox):
                answers.append(once(id_, using=inbox))
        except BaseException as error:
            answers.append(error)
        finally:
            connections[inbox].close()

    thread = threading.Thread(target=second)
    with transaction.atomic(using=inbox):
        assert once(id_, using=inbox)
        thread.start()
        assert asked.wait(30)
        # Whatever it does, it cannot have an answer while this transaction is open.
        thread.join(0.3)
        assert answers == []
        transaction.set_rollback(not commits, using=inbox)
    thread.join(30)
    assert answers == [not commits]


def test_outside_a_transaction_is_an_error_that_says_what_to_do(inbox):
    with pytest.raises(airlock.UsageError, match=r"outside any transaction on .*with transaction\.atomic\(\)"):
        once(uuid4(), using=inbox)
    assert not InboxEntry.objects.using(inbox).exists()


@pytest.mark.parametrize("id_", ["", "seven", 7, None])
def test_what_is_no_id_is_an_error_that_names_it(id_):
    with pytest.raises(ValueError, match=f"{id_!r} is no id of an intent"):
        once(id_)
