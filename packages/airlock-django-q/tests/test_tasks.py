"""Which functions may be sent, and what the worker gets of them."""

import json
from functools import partial
from typing import Any

import pytest
from django_q_project import tasks
from django_q_project.packages_seen import look

import airlock
from airlock import Intent, InvalidIntentError
from airlock.integrations.executors.auto import auto_executor
from airlock.integrations.executors.django_q import _functions, django_q_executor


def sent(task: Any, /, *args: Any, **kwargs: Any) -> dict[str, Any]:
    (prepared,) = django_q_executor.prepare_all([Intent(task, args, kwargs)])
    return look(prepared.message.payload)


def refused(task: Any, *args: Any) -> str:
    with pytest.raises(InvalidIntentError) as caught:
        django_q_executor.prepare_all([Intent(task, args)])
    return str(caught.value)


@pytest.mark.parametrize(
    "task", [tasks.note, json.dumps, len, tasks.Mailer.log, tasks.Mailer.deliver, tasks.Newsletter.deliver, tasks.held]
)
def test_what_can_be_imported_is_sent(task: Any) -> None:
    assert sent(task, "x")["func"] == task


def test_arguments_that_a_partial_has_filled_in_are_sent_as_arguments() -> None:
    package = sent(partial(partial(tasks.note, 1, a=1, b=1), 2, b=2), 3, c=3)
    assert package["func"] is tasks.note
    assert (package["args"], package["kwargs"]) == ((1, 2, 3), {"a": 1, "b": 2, "c": 3})


def test_a_keyword_wins_over_the_one_that_is_filled_in() -> None:
    assert sent(partial(tasks.note, a=1), a=2)["kwargs"] == {"a": 2}


def test_a_lambda_is_refused() -> None:
    assert "a lambda has no name to import it by: write a function with `def`" in refused(lambda: None)


def test_a_function_inside_a_function_is_refused() -> None:
    def inner() -> None: ...

    assert "it is defined inside another function" in refused(inner)


def test_a_partial_of_a_lambda_is_refused() -> None:
    assert "a lambda has no name" in refused(partial(lambda x: x, 1))


def test_a_method_of_an_instance_is_refused() -> None:
    assert "it is bound to Mailer, an object that only exists in this process" in refused(tasks.Mailer().send, "x")
    assert "it is bound to list" in refused([].append, 1)


def test_a_function_of_the_running_program_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks.held, "__module__", "__main__")
    _functions._found.clear()
    assert "it is defined in the program that is running" in refused(tasks.held)


def test_a_function_that_was_sent_and_then_replaced_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    note = tasks.note
    assert sent(note)["func"] is note
    monkeypatch.setattr(tasks, "note", len)
    assert "not the same object" in refused(note)


def test_a_function_that_a_decorator_has_hidden_is_refused() -> None:
    assert "django_q_project.tasks:decorated is missing or something else" in refused(tasks.undecorated)


@pytest.mark.parametrize("task", [tasks.coroutine, tasks.generator])
def test_what_a_worker_would_only_call_is_refused(task: Any) -> None:
    assert "would call it and neither await nor iterate" in refused(task)


class OtherTask:
    """The task object of another queue."""

    __name__ = "other"

    def __call__(self) -> None: ...


def test_the_task_of_another_queue_is_refused_with_a_word_on_auto() -> None:
    message = refused(OtherTask())
    assert "DjangoQExecutor takes importable functions" in message
    assert "'auto'" in message


def test_auto_runs_functions_here() -> None:
    with airlock.scope(executor=auto_executor) as scope:
        intent = airlock.enqueue(tasks.note, 1)
    assert scope.results == {intent: ((1,), {})}


def test_the_executor_is_found_by_its_name() -> None:
    assert airlock.Scope(executor="django-q").executor is django_q_executor


@pytest.mark.parametrize(
    "name",
    ["ack_failure", "args", "broker", "cached", "chain", "cluster", "func", "group", "hook", "id", "iter_cached",
     "iter_count", "kwargs", "name", "q_options", "save", "self", "sync", "task", "task_name", "timeout"],
)  # fmt: skip
def test_an_argument_may_be_named_like_an_option(name: str) -> None:
    package = sent(tasks.note, **{name: "mine"})
    assert package["kwargs"] == {name: "mine"}
    assert package.keys() == {"id", "name", "func", "args", "kwargs", "started"}


def test_an_argument_that_cannot_be_pickled_is_named() -> None:
    message = refused(tasks.write, lambda: None)
    assert "argument 'text' is <function" in message
    with pytest.raises(InvalidIntentError, match="argument 'b' is"):
        django_q_executor.prepare_all([Intent(tasks.note, (), {"a": 1, "b": (x for x in "")})])
