"""Importing orders, and loading a fixture."""

from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from shop.models import Order, Product

Queue = Callable[[], list[str]]


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    path.write_text(
        "reference,email,product,quantity\n"
        "A,ida@example.com,Teapot,1\n"
        "A,ida@example.com,Green tea,2\n"
        "B,hugo@example.net,Green tea,1\n"
        "B,hugo@example.net,Samovar,1\n"
        "C,aiko@example.com,Teapot,1\n"
    )
    return path


def run(*arguments: str) -> str:
    printed = StringIO()
    call_command(*arguments, stdout=printed)
    return printed.getvalue()


def test_an_import_places_orders_and_sends_what_they_want(queue: Queue, orders: Path) -> None:
    assert "2 orders placed" in run("import_orders", str(orders))
    assert [order.total for order in Order.objects.order_by("pk")] == [49, 34]
    assert queue() == ["send_receipt(1)", "request_picking(1)", "send_receipt(2)", "request_picking(2)"]


def test_an_order_that_cannot_be_imported_is_named_and_wants_nothing(queue: Queue, orders: Path) -> None:
    printed = run("import_orders", str(orders))
    assert "B: skipped, it names a product that the shop does not have" in printed
    assert "hugo@example.net" not in Order.objects.values_list("email", flat=True)


def test_an_import_that_fails_half_way_changes_nothing(queue: Queue, orders: Path) -> None:
    orders.write_text(orders.read_text() + "D,ida@example.com,Teapot,three\n")
    with pytest.raises(CommandError, match=r"D: .*three"):
        run("import_orders", str(orders))
    assert not Order.objects.exists()
    assert queue() == []


def test_a_dry_run_shows_what_would_be_sent_and_changes_nothing(queue: Queue, orders: Path) -> None:
    printed = run("import_orders", str(orders), "--dry-run")
    assert "send_receipt(1)" in printed
    assert "request_picking(1)" in printed
    assert not Order.objects.exists()
    assert queue() == []


def test_loading_a_fixture_sends_nothing(queue: Queue) -> None:
    Product.objects.all().delete()
    run("loaddata", "catalogue")
    assert Order.objects.get().lines.count() == 2
    assert queue() == []
