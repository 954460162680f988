"""Strict mode with real queues, and nothing but the ini option."""

import pytest

pytest_plugins = ["pytester"]

SHOP = """
import dramatiq
from celery import Celery
from dramatiq.brokers.stub import StubBroker
from huey import MemoryHuey

app = Celery("shop", broker="memory://", set_as_current=False)
broker = StubBroker()
huey = MemoryHuey("shop", immediate=False)


@app.task(name="shop.receipt")
def receipt(order): ...


@dramatiq.actor(broker=broker)
def charge(order): ...


@huey.task()
def pack(order): ...


def place(order):
    receipt.delay(order)
    pack(order)


def pay(order):
    charge.send(order)
"""

TESTS = """
import airlock


def test_none_of_them_is_loaded():
    pass


def test_place():
    import shop
    shop.place(41)


def test_pay():
    import shop
    shop.pay(41)


def test_through_airlock():
    import shop
    with airlock.scope(executor="auto"):
        for task in (shop.receipt, shop.charge, shop.pack):
            airlock.enqueue(task, 41)
"""


def test_a_test_that_sends_without_airlock_fails_whatever_the_queue(pytester: pytest.Pytester) -> None:
    """Celery and Huey swallow what is raised in their hooks, and Dramatiq raises it where the message is sent."""
    pytester.makeini("[pytest]\nairlock_strict = true")
    pytester.makepyfile(shop=SHOP, conftest="import shop", test_shop=TESTS)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:xdist")
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(
        [
            "*_ test_place _*",
            "The test sent without airlock:",
            "  shop.receipt was sent to celery without airlock at *shop.py:* place",
            "  pack was sent to huey without airlock at *shop.py:* place",
            "*_ test_pay _*",
            "*BypassError: charge was sent to dramatiq without airlock at *shop.py:* pay. Write `airlock.*",
        ]
    )


def test_a_queue_that_is_imported_in_a_test_is_watched_by_the_next(pytester: pytest.Pytester) -> None:
    """Nothing tells of an import, so the test that imports it first may send unnoticed."""
    pytester.makeini("[pytest]\nairlock_strict = true")
    pytester.makepyfile(shop=SHOP, test_shop=TESTS)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:xdist", "-v")
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(["*test_pay FAILED*"])
