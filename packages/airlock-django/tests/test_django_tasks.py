"""Which tasks and options the executor takes, and what becomes of them with the backends that come with Django."""

import subprocess
import sys
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone
from django_tasks.base import Task as BackportTask
from django_tasks.base import task as backport_task
from django_tasks_suites import tasks
from django_tasks_suites.backends import MailboxBackend, mailbox
from django_tasks_suites.tasks import FRAMEWORK, framework

import airlock
from airlock import Intent, InvalidIntentError, Scope
from airlock.integrations.executors.auto import auto_executor
from airlock.integrations.executors.django_tasks import django_tasks_executor

OURS: dict[str, Any] = {"BACKEND": "django_tasks_suites.backends.MailboxBackend", "QUEUES": ["default", "receipts"]}


@backport_task(backend="backport")
def kept(*args: Any) -> None:
    """Be a task of the backport, on any Django."""


def dispatched(task: Any, *args: Any, **options: Any) -> Any:
    """Send one intent and return what the scope kept of it."""
    with Scope(executor=django_tasks_executor) as scope:
        intent = airlock.options(**options).enqueue(task, *args)
    return scope.results[intent]


def refused(task: Any, *args: Any, **options: Any) -> str:
    """Return why an intent was refused."""
    with pytest.raises(InvalidIntentError) as caught, Scope(executor=django_tasks_executor):
        airlock.options(**options).enqueue(task, *args)
    return str(caught.value)


def test_the_short_name_finds_it() -> None:
    assert Scope(executor="django-tasks").executor is django_tasks_executor


def test_the_scope_keeps_the_result_of_a_task_that_ran_at_once() -> None:
    result = dispatched(tasks.add, 2)
    assert (type(result), result.return_value) == (framework.TaskResult, 2)


def test_a_task_that_fails_at_once_has_failed_in_its_result_and_the_flush_has_not() -> None:
    result = dispatched(tasks.fail)
    assert result.status == framework.TaskResultStatus.FAILED
    assert result.errors[0].exception_class is LookupError


def test_a_task_of_the_backport_is_sent_whatever_django_has() -> None:
    kept.get_backend().clear()
    assert isinstance(kept, BackportTask)
    dispatched(kept, (1, 2))
    assert [result.args for result in kept.get_backend().results] == [[[1, 2]]]


def test_tasks_of_both_are_sent_by_one_flush_in_order() -> None:
    for task in (kept, tasks.keep):
        task.get_backend().clear()
    with Scope(executor=auto_executor) as scope:
        intents = [airlock.enqueue(task, number) for number, task in enumerate([kept, tasks.keep, kept])]
    assert [scope.results[intent].args for intent in intents] == [[0], [1], [2]]
    assert [result.args for result in kept.get_backend().results] == [[0], [2]]


def test_nothing_is_a_task_where_no_framework_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("django.tasks.base", "django_tasks.base"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    assert not django_tasks_executor.accepts(tasks.add)
    assert not {"django.tasks.base", "django_tasks.base"} & sys.modules.keys()


def test_a_task_has_the_names_of_its_function() -> None:
    intent = Intent(tasks.add)
    assert (intent.name, intent.qualified_name) == ("add", "django_tasks_suites.tasks:add")


def test_every_option_reaches_the_task() -> None:
    later = timezone.now() + timedelta(hours=1)
    result = dispatched(tasks.keep, 1, priority=7, queue_name="default", run_after=later, backend="dummy")
    sent = result.task
    assert (sent.priority, sent.queue_name, sent.run_after, sent.backend) == (7, "default", later, "dummy")


def test_a_backend_may_be_chosen_for_one_intent() -> None:
    assert dispatched(tasks.add, 1, backend="dummy").backend == "dummy"


def test_an_option_that_is_none_is_as_if_it_had_not_been_given() -> None:
    assert dispatched(tasks.keep, 1, priority=None, run_after=None).task is not None
    assert dispatched(tasks.keep.using(priority=3), priority=None).task.priority == 3


def test_a_task_that_was_made_with_using_keeps_what_it_has() -> None:
    assert dispatched(tasks.keep.using(priority=3)).task.priority == 3


@pytest.mark.parametrize(
    ("option", "value", "reason"),
    [
        ("backend", "nope", "has no backend 'nope'; it has backport, database, default, dummy"),
        ("backend", 1, "takes an alias of the setting TASKS"),
        ("priority", "high", "takes a whole number from -100 to 100, and got 'high'"),
        ("priority", True, "takes a whole number"),
        ("priority", 101, "priority must be a whole number"),
        ("queue_name", "receipt", "Queue 'receipt' is not valid"),
        ("queue_name", 5, "takes the name of a queue"),
        ("run_after", 10, "takes the moment to start"),
        ("run_after", timedelta(seconds=5), "takes the moment to start"),
        ("run_after", datetime(2030, 1, 1), "aware datetime"),  # noqa: DTZ001
    ],
)
def test_a_wrong_value_of_an_option_is_refused_in_words(option: str, value: Any, reason: str) -> None:
    assert reason in refused(tasks.keep, 1, **{option: value})


@override_settings(USE_TZ=False)
def test_a_moment_with_a_zone_is_refused_where_django_has_none() -> None:
    assert "without a zone where USE_TZ is off" in refused(tasks.keep, run_after=timezone.now().astimezone())
    assert dispatched(tasks.keep, run_after=datetime(2030, 1, 1)).task.run_after == datetime(2030, 1, 1)  # noqa: DTZ001


def test_an_option_that_the_backend_does_not_support_is_refused() -> None:
    assert "run_after" in refused(tasks.add, 1, run_after=timezone.now())


@pytest.mark.parametrize("option", ["countdown", "delay", "eta"])
def test_a_delay_is_answered_with_what_there_is(option: str) -> None:
    assert "'run_after' takes the moment to start" in refused(tasks.keep, **{option: 10})


def test_a_slip_is_answered_with_the_close_match() -> None:
    assert "did you mean 'priority'?" in refused(tasks.keep, priorty=1)


def test_a_backend_may_have_tasks_with_options_of_their_own() -> None:
    base: Any = import_module(f"{FRAMEWORK}.base").Task

    class Patient(base):  # type: ignore[misc]
        """A task with one more option."""

        __slots__ = ()

        def using(self, *, patience: int | None = None, **options: Any) -> Any:
            return super().using(priority=patience, **options) if patience else super().using(**options)

    with override_settings(TASKS={"default": OURS}):
        MailboxBackend.messages.clear()
        task = Patient(
            func=tasks.add.func,
            priority=0,
            backend="default",
            queue_name="default",
            run_after=None,
            takes_context=False,
        )
        dispatched(task, 1, patience=9, queue_name="receipts")
        assert mailbox()[0].options == {"priority": 9, "queue_name": "receipts"}
        assert "did you mean 'patience'?" in refused(task, 1, patienc=9)


@pytest.mark.parametrize("value", [float("nan"), "\ud800", b"\xff", {1, 2}, timezone.now(), object()])
def test_what_json_has_not_is_refused_by_every_backend_and_named(value: Any) -> None:
    assert "argument 'left' is" in refused(tasks.add, value)
    assert "argument 'left' is" in refused(tasks.add, [{"deep": value}])


def test_a_number_that_is_too_long_for_json_is_refused_and_named() -> None:
    assert "argument 'left' is" in refused(tasks.add, 10**5000)


def test_no_argument_is_blamed_for_an_option() -> None:
    assert "argument" not in refused(tasks.add, 1, backend="nope")


def test_no_argument_is_blamed_for_a_backend_that_is_gone() -> None:
    with override_settings(TASKS={"others": OURS}):
        reason = refused(tasks.add, 1)
    assert "argument" not in reason
    assert "default" in reason


def test_importing_the_executor_imports_no_django() -> None:
    code = (
        "import sys; from airlock.integrations.executors.django_tasks import django_tasks_executor as executor; "
        "assert not executor.accepts(print); executor.unavailable; assert 'django' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_a_task_that_its_backend_no_longer_takes_is_refused() -> None:
    task = tasks.add
    with override_settings(TASKS={"default": {**OURS, "QUEUES": ["others"]}}):
        assert "Queue 'default' is not valid" in refused(task, 1)
    assert dispatched(task, 1).return_value == 1


def test_what_a_backend_refuses_itself_is_certain_not_to_be_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: object, task: object, args: object, kwargs: object) -> None:
        raise import_module(f"{FRAMEWORK}.exceptions").TaskException("not today")

    monkeypatch.setattr(type(tasks.keep.get_backend()), "enqueue", refuse)
    scope = Scope(executor=django_tasks_executor)
    with pytest.raises(Exception, match="not today"), scope:
        airlock.enqueue(tasks.keep)
    assert (scope.undispatched, scope.uncertain) == (scope.intents, [])


def test_what_broke_on_the_way_may_have_arrived(monkeypatch: pytest.MonkeyPatch) -> None:
    def vanish(self: object, task: object, args: object, kwargs: object) -> None:
        raise ConnectionResetError

    monkeypatch.setattr(type(tasks.keep.get_backend()), "enqueue", vanish)
    scope = Scope(executor=django_tasks_executor)
    with pytest.raises(django_tasks_executor.unavailable), scope:
        airlock.enqueue(tasks.keep, 1)
        airlock.enqueue(tasks.keep, 2)
    assert (scope.undispatched, scope.uncertain) == (scope.intents, scope.intents[:1])
