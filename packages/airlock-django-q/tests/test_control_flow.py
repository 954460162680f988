"""What django-q2 has besides plain tasks does in a real cluster what it does without airlock."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone
from django_q.brokers import get_broker
from django_q.conf import Conf
from django_q.models import Task
from django_q.scheduler import scheduler
from django_q.tasks import async_chain, async_iter, async_task, count_group, fetch_cached, result_group, schedule
from django_q_project.clusters import MODES, QUEUE, Watched, ended, wait_until, watched

ADD = "django_q_project.units.add"
RECORD = "django_q_project.units.record"
WITH_AND_WITHOUT = ["none", *(mode for mode in MODES if mode == "app")]


@pytest.fixture(scope="module", params=WITH_AND_WITHOUT)
def side(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """A cluster, with the app and without it."""
    with watched("orm", request.param, tmp_path_factory.mktemp("cluster")) as found, found.cluster():
        yield found
        cache.clear()


def run(*args: Any, **options: Any) -> Any:
    return async_task(*args, q_options={"cluster": QUEUE, **options})


def test_a_result_is_what_the_function_returned(side: Watched) -> None:
    assert ended(run(ADD, 1, 2)).result == 3


def test_a_chain_goes_on_after_each_task(side: Watched) -> None:
    name = side.run_of("chain")
    group = async_chain([(RECORD, (name, "first")), (RECORD, (name, "second"))], broker=get_broker(QUEUE))
    assert side.wait_for("chain", "first", "second") == ["first", "second"]
    assert wait_until(lambda: Task.get_group_count(group) == 2)


def test_a_group_has_the_results_of_its_tasks(side: Watched) -> None:
    group = side.run_of("group")
    for number in range(3):
        run(ADD, number, group=group)
    assert wait_until(lambda: count_group(group) == 3)
    assert sorted(result_group(group)) == [0, 1, 2]
    assert count_group(group, failures=True) == 0


def test_a_group_counts_what_has_failed(side: Watched) -> None:
    group = side.run_of("failed group")
    run(ADD, "1", group=group, ack_failure=True)
    assert wait_until(lambda: count_group(group, failures=True) == 1)


def test_an_iteration_is_collected(side: Watched) -> None:
    identifier = async_iter(ADD, [(1, 2), (3, 4)], broker=get_broker(QUEUE))
    assert sorted(ended(identifier).result) == [3, 7]


def test_a_hook_is_called(side: Watched) -> None:
    name = side.run_of("hook")
    run(RECORD, name, "done", hook="django_q_project.units.hooked_in_a_scope")
    assert side.wait_for("hook", "effect of the hook of None") == ["done", "effect of the hook of None"]


def test_a_hook_has_no_scope_of_its_own(side: Watched) -> None:
    name = side.run_of("plain hook")
    run(RECORD, name, "done", hook="django_q_project.units.hooked")
    assert wait_until(lambda: "NoScopeError" in side.log.read_text() or "outside any scope" in side.log.read_text())
    assert side.events("plain hook") == ["done"]


def test_a_cached_result_is_found(side: Watched) -> None:
    identifier = run(ADD, 4, 5, cached=60)
    assert wait_until(lambda: fetch_cached(identifier, broker=get_broker(QUEUE))).result == 9


def test_what_is_scheduled_is_done(side: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Conf, "CLUSTER_NAME", QUEUE)
    name = side.run_of("schedule")
    schedule(RECORD, name, "done", name=name, cluster=QUEUE, next_run=timezone.now())
    scheduler(get_broker(QUEUE))
    assert side.wait_for("schedule", "done") == ["done"]
    assert wait_until(lambda: Task.get_group_count(name) == 1)
