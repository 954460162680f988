"""Brokers that cannot take a batch: a loop over one of them."""

from typing import Any, ClassVar

import pytest
from django_q.brokers import Broker
from django_q.brokers.orm import ORM
from django_q.conf import Conf
from django_q_project import tasks
from django_q_project.packages_seen import look

import airlock
from airlock import Scope
from airlock.integrations.executors.django_q import django_q_executor


class ListBroker(Broker):
    """A queue that is a list, and full at some point."""

    made: ClassVar[list["ListBroker"]] = []
    room: ClassVar[int] = 100

    def __init__(self, list_key: str | None = None) -> None:
        super().__init__(list_key)
        self.payloads: list[str] = []
        self.made.append(self)

    def enqueue(self, payload: str) -> int:
        if len(self.payloads) == self.room:
            raise ConnectionError("full")
        self.payloads.append(payload)
        return len(self.payloads)


class OwnOrm(ORM):
    """The ORM broker with something of its own."""

    seen: ClassVar[list[str]] = []

    def enqueue(self, payload: Any) -> int:
        self.seen.append(payload)
        return 1


@pytest.fixture(autouse=True)
def _list_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Conf, "BROKER_CLASS", f"{__name__}.ListBroker")
    monkeypatch.setattr(ListBroker, "made", [])
    monkeypatch.setattr(OwnOrm, "seen", [])


def numbers(payloads: list[str]) -> list[int]:
    return [look(payload)["args"][0] for payload in payloads]


def test_a_flush_makes_one_broker_for_each_cluster() -> None:
    with Scope(executor=django_q_executor):
        for number in range(4):
            airlock.options(cluster=["airlock", "slow"][number % 2]).enqueue(tasks.note, number)
    assert [(broker.list_key, numbers(broker.payloads)) for broker in ListBroker.made] == [
        ("airlock", [0, 2]),
        ("slow", [1, 3]),
    ]


def test_what_a_broker_took_before_it_failed_is_dispatched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ListBroker, "room", 2)
    scope = Scope(executor=django_q_executor)
    with pytest.raises(ConnectionError), scope:
        intents = [airlock.enqueue(tasks.note, number) for number in range(4)]
    assert scope.dispatched == intents[:2]
    assert scope.undispatched == intents[2:]
    assert scope.uncertain == [intents[2]]


def test_a_broker_with_a_method_of_its_own_is_not_passed_by(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Conf, "BROKER_CLASS", f"{__name__}.OwnOrm")
    with Scope(executor=django_q_executor):
        airlock.enqueue(tasks.note, 1)
    assert numbers(OwnOrm.seen) == [1]
