"""One Django project to a process: `pytest examples/shop` runs these tests, and no others."""

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import django
import pytest
from django.test.utils import setup_databases, setup_test_environment, teardown_databases, teardown_test_environment

DATA = Path(tempfile.mkdtemp(prefix="shop-tests-"))

sys.path.insert(0, str(Path(__file__).parent))
os.environ |= {"DJANGO_SETTINGS_MODULE": "website.settings", "SHOP_DATA": str(DATA)}
django.setup()

_databases: list[Any] = []


def pytest_configure() -> None:
    """Make the database."""
    setup_test_environment()
    _databases[:] = setup_databases(verbosity=0, interactive=False)


def pytest_unconfigure() -> None:
    """Leave nothing behind."""
    teardown_databases(_databases, verbosity=0)
    teardown_test_environment()
    shutil.rmtree(DATA)


@pytest.fixture
def shop() -> Any:
    """An empty database and an empty queue, but for what the shop sells."""
    from django.core.management import call_command
    from huey.contrib.djhuey import HUEY
    from shop.models import GiftCard, Product

    Product.objects.create(pk=1, name="Teapot", price="34.00")
    Product.objects.create(pk=2, name="Green tea", price="7.50")
    GiftCard.objects.create(pk=1, code="SPRING", owner="ida@example.com", balance="10.00")
    yield
    call_command("flush", verbosity=0, interactive=False)
    HUEY.flush()


@pytest.fixture
def queue(shop: None) -> Any:
    """What the worker will find, as `["send_receipt(1)"]`."""
    from huey.contrib.djhuey import HUEY

    return lambda: [f"{task.name}({', '.join(map(repr, task.args))})" for task in HUEY.pending()]
