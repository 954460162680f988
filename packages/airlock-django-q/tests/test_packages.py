"""A package of ours is what `async_task` would have sent."""

import importlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django_q.conf import Conf
from django_q.signals import pre_enqueue
from django_q.tasks import async_task
from django_q_project import tasks
from django_q_project.options import EVERY
from django_q_project.packages_seen import look, written

import airlock
from airlock import Intent, InvalidIntentError
from airlock.integrations.executors.django_q import _captured, _packages, _signed, django_q_executor
from airlock.integrations.executors.django_q._package import Call, Package

Pack = Callable[[Call], Package]


@pytest.fixture(params=[_signed.pack, _captured.pack], ids=["signed", "captured"])
def pack(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Pack:
    """Both ways to build a package."""
    monkeypatch.setattr(_packages, "pack", request.param)
    found: Pack = request.param
    return found


def call(**options: Any) -> Call:
    return Call(tasks.note, (1, "two"), {"three": 3}, "5" * 32, options)


class Kept:
    """A broker that keeps what it is given."""

    list_key = "kept"

    def enqueue(self, payload: str) -> None:
        self.package = look(payload)


def by_async_task(**options: Any) -> dict[str, Any]:
    broker = Kept()
    async_task(tasks.note, 1, "two", q_options={**options, "broker": broker}, three=3)
    return broker.package


@pytest.mark.parametrize("option", [None, *sorted(EVERY.keys() - {"chain"})])
def test_a_package_is_what_async_task_would_send(pack: Pack, option: str | None) -> None:
    options = {option: EVERY[option]} if option else {}
    ours, theirs = look(pack(call(**options)).payload), by_async_task(**options)
    assert ours.keys() - {"sync"} == theirs.keys()
    for own in ("id", "name", "started"):
        assert type(ours.pop(own)) is type(theirs.pop(own))
    ours.pop("sync", None)
    assert ours == theirs


@pytest.mark.parametrize(("setting", "key"), [("CACHED", "cached"), ("ACK_FAILURES", "ack_failure")])
def test_what_is_configured_for_all_tasks_is_in_the_package(
    pack: Pack, setting: str, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Conf, setting, True)
    assert look(pack(call()).payload)[key] is True
    assert look(pack(call(**{key: False})).payload)[key] is False


def test_a_package_has_the_id_of_its_call(pack: Pack) -> None:
    package = pack(call())
    assert package.id == look(package.payload)["id"] == "5" * 32


def test_sending_again_sends_the_same_id_and_name() -> None:
    intent = Intent(tasks.note)
    first, second = (look(django_q_executor.prepare(intent).payload) for _ in range(2))
    assert first["id"] == intent.id.hex
    assert (first["id"], first["name"]) == (second["id"], second["name"])


@pytest.mark.parametrize(
    "name", ["group", "timeout", "hook", "sync", "broker", "q_options", "task_name", "_airlock_call"]
)
def test_arguments_may_be_named_like_options(pack: Pack, name: str) -> None:
    package = look(pack(Call(tasks.note, (), {name: "mine"}, "5" * 32, {"group": "g", "timeout": 7})).payload)
    assert package["kwargs"] == {name: "mine"}
    assert (package["group"], package["timeout"]) == ("g", 7)


@pytest.fixture
def receivers() -> Iterator[list[Any]]:
    """Receivers of `pre_enqueue`; what is added is disconnected again."""
    connected: list[Any] = []
    yield connected
    for receiver in connected:
        pre_enqueue.disconnect(receiver)


def test_a_receiver_sees_the_package_and_may_change_it(pack: Pack, receivers: list[Any]) -> None:
    def receiver(task: dict[str, Any], **_: Any) -> None:
        task["kwargs"]["seen"] = task["id"]

    receivers.append(receiver)
    pre_enqueue.connect(receiver)
    assert look(pack(call()).payload)["kwargs"] == {"three": 3, "seen": "5" * 32}


def test_packages_of_others_are_left_alone(pack: Pack) -> None:
    pack(call())
    package = by_async_task()
    assert package["id"] != "5" * 32
    assert package["kwargs"] == {"three": 3}


def test_a_receiver_that_raises_keeps_the_batch_from_being_sent(receivers: list[Any]) -> None:
    def receiver(**_: Any) -> None:
        raise LookupError("no tenant")

    receivers.append(receiver)
    pre_enqueue.connect(receiver)
    with pytest.raises(InvalidIntentError, match="LookupError: no tenant"):
        django_q_executor.prepare_all([Intent(tasks.note)])


def test_without_a_queue_tasks_run_here_in_their_turn(pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Conf, "SYNC", True)
    monkeypatch.setitem(settings.Q_CLUSTER, "sync", True)
    scope = airlock.Scope(executor=django_q_executor)
    with pytest.raises(ValueError, match="late"), scope:
        intents = [airlock.enqueue(task, "late") for task in (tasks.write, tasks.fail, tasks.write)]
    assert written() == ["late"]
    assert scope.dispatched == intents[:1]
    assert scope.undispatched == intents[1:]


@pytest.mark.parametrize("name", ["django_q.tasks._sync", "django_q.humanhash.humanize", "django_q.conf.Conf"])
def test_a_name_that_is_gone_means_the_slower_way(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module, _, attribute = name.rpartition(".")
    signed = _signed.__name__
    with monkeypatch.context() as patch:
        patch.delattr(sys.modules[module], attribute)
        patch.delitem(sys.modules, signed)
        patch.delitem(sys.modules, _packages.__name__)
        assert importlib.import_module(_packages.__name__).pack is _captured.pack


def test_this_django_q_has_the_names_for_the_faster_way() -> None:
    assert _packages.pack is _signed.pack
