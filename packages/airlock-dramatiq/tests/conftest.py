"""Tests and the workers that they start share a package."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from dramatiq_support import places, queues


@pytest.fixture(scope="module", autouse=True)
def close_what_is_looked_through():
    """Leave no connection behind."""
    yield
    queues.close()


@pytest.fixture(
    params=["stub", *(pytest.param(name, marks=pytest.mark.server) for name in ("redis", "rabbitmq", "confirms"))]
)
def place(request):
    """A broker of each kind, and what is in its queue."""
    with places.open_place(request.param) as place:
        yield place
