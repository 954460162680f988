"""Which options there are, and what each takes."""

from functools import partial
from typing import Any

import pytest
from django_q_project import tasks
from django_q_project.options import EVERY
from django_q_project.packages_seen import look

from airlock import Intent, InvalidIntentError
from airlock.integrations.executors.django_q import django_q_executor


def sent(**options: Any) -> dict[str, Any]:
    (prepared,) = django_q_executor.prepare_all([Intent(tasks.note, (1,), {}, options)])
    return look(prepared.message.payload)


def refused(**options: Any) -> str:
    with pytest.raises(InvalidIntentError) as caught:
        django_q_executor.prepare_all([Intent(tasks.note, (1,), {}, options)])
    return str(caught.value)


@pytest.mark.parametrize("option", sorted(EVERY))
def test_every_option_reaches_the_package(option: str) -> None:
    package = sent(**{option: EVERY[option]})
    assert package[option] == EVERY[option]
    assert package["kwargs"] == {}


def test_a_task_may_have_a_name_of_its_own() -> None:
    assert sent(task_name="receipt 7")["name"] == "receipt 7"


def test_a_hook_may_be_the_function_itself() -> None:
    assert sent(hook=tasks.on_result)["hook"] is tasks.on_result


def test_the_options_of_an_intent_are_not_changed() -> None:
    options = {"task_name": "receipt", "chain": [tasks.note]}
    sent(**options)
    assert options == {"task_name": "receipt", "chain": [tasks.note]}


@pytest.mark.parametrize("option", ["chain", "cluster", "group", "hook", "task_name"])
def test_nothing_is_as_good_as_no_option(option: str) -> None:
    assert option not in sent(**{option: None})


def test_a_chain_has_what_the_cluster_needs_to_go_on_with_it() -> None:
    package = sent(chain=[tasks.note])
    assert (package["group"], package["cached"], package["sync"]) == (package["id"], False, False)
    assert sent(chain=[tasks.note], group="mine", cached=5).items() >= {"group": "mine", "cached": 5}.items()


def test_a_typo_is_refused_with_what_was_meant() -> None:
    assert "has no option 'gruop' (did you mean 'group'?)" in refused(gruop="x")


@pytest.mark.parametrize("option", ["countdown", "delay", "eta", "run_after"])
def test_there_is_no_delay_and_the_error_says_what_there_is(option: str) -> None:
    assert f"has no option '{option}' (django-q2 has no delay; see `django_q.tasks.schedule`)" in refused(**{option: 5})


def test_the_broker_is_not_for_the_caller_to_choose() -> None:
    assert "a queue is chosen with 'cluster'" in refused(broker=object())


def test_nothing_runs_here_by_an_option() -> None:
    assert 'use the executor "sync"' in refused(sync=True)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("ack_failure", 1),
        ("cached", None),
        ("cached", "60"),
        ("chain", tasks.note),
        ("chain", [lambda: None]),
        ("chain", [(tasks.note, 1)]),
        ("chain", [(tasks.note, (), {}, ())]),
        ("chain", [()]),
        ("cluster", ""),
        ("cluster", 7),
        ("group", "x" * 101),
        ("group", ["x"]),
        ("hook", "on_result"),
        ("hook", lambda task: None),
        ("hook", partial(tasks.on_result)),
        ("iter_count", -1),
        ("save", "yes"),
        ("task_name", "x" * 101),
        ("timeout", 0),
        ("timeout", 1.5),
        ("timeout", None),
        ("timeout", True),
    ],
)
def test_a_value_that_would_harm_the_worker_is_refused(option: str, value: Any) -> None:
    assert f"the option {option!r} takes " in refused(**{option: value})
