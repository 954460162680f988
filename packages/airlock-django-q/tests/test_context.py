"""What an intent carries is in its package, and in force in the tasks of a real cluster."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django_q.tasks import async_task
from django_q_project import travelling
from django_q_project.clusters import MODES, QUEUE, Watched, wait_until, watched
from django_q_project.packages_seen import look

import airlock
from airlock import Intent
from airlock.integrations.executors.django_q import _captured, _packages, _signed, django_q_executor

BROKERS = ["orm", pytest.param("redis", marks=pytest.mark.server)]


@pytest.fixture(autouse=True)
def configured() -> Iterator[None]:
    airlock.configure(executor="django-q", context={"request_id": travelling.request_id})
    yield
    airlock.configure(executor=None, context={})


@pytest.mark.parametrize("pack", [_signed.pack, _captured.pack], ids=["signed", "captured"])
def test_what_an_intent_carries_is_in_its_package(pack: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_packages, "pack", pack)
    carrying, bare = Intent(travelling.hop, ("run", 2), context={"request_id": "r-1"}), Intent(travelling.hop)
    packages = [look(package.payload) for _, package in django_q_executor.prepare_all([carrying, bare])]
    assert packages[0]["airlock_context"] == {"request_id": "r-1"}
    assert "airlock_context" not in packages[1]


@pytest.mark.parametrize("broker", BROKERS)
@pytest.mark.parametrize("mode", MODES)
def test_with_the_app_what_is_carried_reaches_every_hop(mode: str, broker: str, tmp_path: Path) -> None:
    seen = "of hops" if mode == "app" else "nothing"
    with watched(broker, mode, tmp_path) as side:
        enqueue(side, "hops", travelling.hop, 2)
        with side.cluster():
            assert side.wait_for("hops", f"hop 0 {seen}") == [f"hop {left} {seen}" for left in (2, 1, 0)]
            async_task(travelling.bare, side.run_of("bare"), q_options={"cluster": QUEUE})
            assert side.wait_for("bare", "bare nothing") == ["bare nothing"]


@pytest.mark.parametrize("mode", MODES)
def test_with_the_app_a_task_that_is_tried_again_sees_it_again(mode: str, tmp_path: Path) -> None:
    seen = "of again" if mode == "app" else "nothing"
    with watched("orm", mode, tmp_path, max_attempts=2, retry=3, timeout=2) as side:
        enqueue(side, "again", travelling.fail_first)
        with side.cluster():
            assert wait_until(lambda: side.events("again") == [f"attempt {seen}"] * 2)


def enqueue(side: Watched, name: str, task: Callable[..., None], *args: Any) -> None:
    """Enqueue a task in the name of a request."""
    token = travelling.request_id.set(f"of {name}")
    with airlock.scope():
        airlock.options(cluster=QUEUE).enqueue(task, side.run_of(name), *args)
    travelling.request_id.reset(token)
