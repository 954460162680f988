"""The intercept for a whole app: installing it, taking it back, and what it leaves alone."""

import warnings
from collections.abc import Iterator
from typing import Any

import celery
import pytest
from celery import Celery, current_app
from celery.beat import Scheduler
from celery_support.brokers import Memory
from celery_support.calls import current_scope, nothing

import airlock
from airlock import UsageError
from airlock.integrations.celery import (
    AirlockTask,
    install_global_intercept,
    uninstall_global_intercept,
)

pytestmark = pytest.mark.filterwarnings("ignore:.* is enqueued instead:DeprecationWarning")


@pytest.fixture(autouse=True)
def _executor() -> Iterator[None]:
    airlock.configure(executor="celery")
    yield
    airlock.reset_configuration()


@pytest.fixture
def app(memory: Memory) -> Celery:
    install_global_intercept(memory.app)
    return memory.app


def test_it_cannot_be_installed_twice(app: Celery) -> None:
    with pytest.raises(UsageError, match=r"installed on .* already"):
        install_global_intercept(app)


def test_it_cannot_be_uninstalled_where_it_is_not_installed(memory: Memory) -> None:
    with pytest.raises(UsageError, match="not installed"):
        uninstall_global_intercept(memory.app)


def test_it_can_be_installed_again(app: Celery, memory: Memory) -> None:
    uninstall_global_intercept(app)
    install_global_intercept(app)
    task = app.task(name="late", shared=False)(nothing)
    with airlock.scope(policy=airlock.DropAll()):
        task.delay()
    assert memory.queued() == []


@pytest.mark.parametrize("thing", [None, "app", celery.Task])
def test_it_is_for_apps(thing: Any) -> None:
    with pytest.raises(TypeError, match="for a Celery app"):
        install_global_intercept(thing)
    with pytest.raises(TypeError, match="for a Celery app"):
        uninstall_global_intercept(thing)


def test_it_comes_before_the_tasks(memory: Memory) -> None:
    task = memory.app.task(name="early", shared=False)(nothing)
    assert task.name
    with pytest.raises(UsageError, match=r"early.*right after the app is made"):
        install_global_intercept(memory.app)


def test_tasks_that_nobody_has_used_yet_are_in_time(memory: Memory) -> None:
    task = memory.app.task(name="unused", shared=False)(nothing)
    install_global_intercept(memory.app)
    with airlock.scope(policy=airlock.DropAll()):
        task.delay()
    assert memory.queued() == []


def test_after_it_was_uninstalled_the_tasks_are_as_if_it_had_never_been_there(app: Celery, memory: Memory) -> None:
    task = app.task(name="shop.add", shared=False)(current_scope)
    assert task() is not None
    uninstall_global_intercept(app)
    assert task() is None
    with airlock.scope(policy=airlock.DropAll()):
        task.delay()
    assert len(memory.queued()) == 1
    assert not issubclass(app.Task, AirlockTask)


def test_another_app_is_left_alone(app: Celery, memory: Memory) -> None:
    other = Celery("other", broker="memory://", set_as_current=False)
    other.conf.task_default_queue = app.conf.task_default_queue
    tasks = [each.task(name="shop.add", shared=False)(nothing) for each in (app, other)]
    with airlock.scope(policy=airlock.DropAll()):
        for task in tasks:
            task.delay()
    assert len(memory.queued()) == 1


def test_the_class_of_the_app_remains_the_base() -> None:
    class Mine(celery.Task):
        """The app's own."""

    app = Celery("mine", task_cls=Mine, set_as_current=False)
    install_global_intercept(app)
    assert issubclass(app.Task, Mine)


def test_shared_tasks_are_covered(memory: Memory) -> None:
    install_global_intercept(memory.app)
    celery.shared_task(name="shop.intercepted")(nothing)
    with airlock.scope(policy=airlock.DropAll()):
        memory.app.tasks["shop.intercepted"].delay()
    assert memory.queued() == []


def test_tasks_with_a_base_of_their_own_are_reported(app: Celery, caplog: pytest.LogCaptureFixture) -> None:
    app.task(base=celery.Task, name="apart", shared=False)(nothing)
    app.task(name="covered", shared=False)(nothing)
    app.finalize()
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "apart" in caplog.text
    assert "covered:" not in caplog.text


def test_an_app_may_be_a_proxy(memory: Memory) -> None:
    memory.app.set_current()
    install_global_intercept(current_app)
    with pytest.raises(UsageError):
        install_global_intercept(memory.app)


def test_beat_sends_in_a_scope_too(app: Celery, memory: Memory) -> None:
    app.task(name="tick", shared=False)(nothing)
    scheduler = Scheduler(app, lazy=True)
    entry = scheduler.Entry(name="tick", task="tick", schedule=60, app=app)
    with airlock.scope(), warnings.catch_warnings():
        warnings.simplefilter("error")
        scheduler.apply_async(entry, producer=scheduler.producer, advance=False)
        assert len(memory.queued()) == 1
