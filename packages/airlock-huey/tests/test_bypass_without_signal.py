"""A Huey that is older than the signal says that it cannot tell what is published without airlock."""

import huey
import huey.signals
import pytest

import airlock
from airlock.integrations.bypass import collect
from airlock.integrations.executors.huey import _bypass, huey_executor

queue = huey.MemoryHuey("airlock-bypass", immediate=False)


@queue.task()
def note(number): ...


@pytest.fixture(autouse=True)
def _without_signal(monkeypatch):
    _bypass._signal.cache_clear()
    with monkeypatch.context() as patch:
        patch.delattr(huey.signals, "SIGNAL_ENQUEUED", raising=False)
        airlock.configure(bypass="warn")
        airlock.configure(bypass="raise")
    yield
    airlock.configure(bypass="ignore")
    _bypass._signal.cache_clear()


def test_it_says_so_once(caplog):
    huey_executor.watch()
    assert [record.message for record in caplog.get_records("setup")] == [
        "This Huey has no signal for what is enqueued, so nothing tells what is sent without airlock."
    ]
    assert caplog.records == []


def test_and_does_nothing():
    with collect() as found:
        note(7)
    assert found == []
    assert not any(queue._signal.receivers.values())
