"""The time is that of the database, and not one that this process has put into the statement."""

import time

import pytest
from outbox_suites.relays import until

from airlock.integrations.django.outbox._clock import now_ms_sql


@pytest.mark.parametrize("vendor", ["mysql", "postgresql", "sqlite"])
def test_a_statement_is_the_same_whatever_time_it_is_here(vendor: str) -> None:
    statement = now_ms_sql(vendor)
    made = time.time_ns()
    until(lambda: time.time_ns() > made + 5_000_000)
    assert now_ms_sql(vendor) == statement
