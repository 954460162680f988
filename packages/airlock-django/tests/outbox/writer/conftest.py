"""A desk on a database of each kind, with the outbox turned on."""

from collections.abc import Iterator

import pytest
from outbox_suites.writer import Desk, recorder, sent, turned_on


@pytest.fixture
def desk(alias: str) -> Iterator[Desk]:
    """A desk on a database of each kind in turn."""
    sent.clear()
    recorder.fails, recorder.before = {}, None
    with turned_on():
        desk = Desk(alias)
        desk.empty()
        yield desk
        desk.empty()
        assert desk.connection.execute_wrappers == []
