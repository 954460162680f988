"""A scope and a transaction in one, with the outbox: the effects are rows of the same transaction."""

import pytest
from django.db import transaction
from outbox_suites.writer import note, turned_on, unregistered

import airlock
from airlock.integrations.django import atomic


class Objects(airlock.Policy):
    def allows(self, intent):
        raise airlock.PolicyViolation("not today", intent=intent)


def test_effects_are_recorded_before_the_commit(desk):
    seen = []
    with transaction.atomic(using=desk.alias):
        with atomic(using=desk.alias):
            desk.order("first")
            assert desk.entries == []
        seen = [entry.size for entry in desk.entries]
        transaction.set_rollback(True, using=desk.alias)
    assert seen == [1]
    assert (desk.entries, desk.rows, desk.sent) == ([], [], [])


def test_they_are_sent_after_the_commit_and_leave_nothing(desk):
    with turned_on():
        with atomic(using=desk.alias):
            desk.order("first")
    assert desk.sent == desk.rows == ["first"]
    assert desk.entries == []


@pytest.mark.parametrize("value", [object(), {1, 2}, float("nan")], ids=["object", "set", "nan"])
def test_an_argument_that_cannot_be_recorded_rolls_back(desk, value):
    with pytest.raises(TypeError, match=r"note.*argument 'value'"):
        with atomic(using=desk.alias):
            desk.order("first")
            airlock.enqueue(note, "second", value)
    assert (desk.entries, desk.rows, desk.sent) == ([], [], [])


def test_a_task_that_nobody_has_registered_rolls_back(desk):
    with pytest.raises(airlock.UsageError, match="unregistered"):
        with atomic(using=desk.alias):
            desk.order("first")
            airlock.enqueue(unregistered, "second")
    assert (desk.entries, desk.rows) == ([], [])


def test_a_policy_that_objects_rolls_back(desk):
    with pytest.raises(airlock.PolicyViolation):
        with atomic(using=desk.alias, policy=Objects()):
            desk.order("first")
    assert (desk.entries, desk.rows) == ([], [])


def test_an_exception_leaves_neither_rows_nor_entries(desk):
    with pytest.raises(ValueError, match="a bug"):
        with atomic(using=desk.alias):
            desk.order("first")
            raise ValueError("a bug")
    assert (desk.entries, desk.rows) == ([], [])


def test_a_block_that_is_told_to_roll_back_records_nothing_and_raises_nothing(desk):
    with atomic(using=desk.alias):
        desk.order("first")
        transaction.set_rollback(True, using=desk.alias)
    assert (desk.entries, desk.rows) == ([], [])


def test_a_block_inside_another_is_recorded_with_it(desk):
    with atomic(using=desk.alias):
        desk.order("outer")
        with atomic(using=desk.alias):
            desk.order("inner")
        assert desk.entries == []
    assert [entry.size for entry in desk.entries] == [2]
