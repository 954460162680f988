"""Huey goes on from task to task as ever: each way it has, in real consumers with and without scopes."""

from contextlib import ExitStack

import pytest
from huey_suites.control_flow import NEW, PATTERNS, add_tasks
from huey_suites.watching import wait_until, watched

# What each pattern makes happen, in any order. Of what ends with a star the execution fails, so it has no effects.
TABLE = {
    "call": ["a"],
    "calls_in_a_task": ["by hand*", "sent at once"],
    "cancel": ["attempt 0*"],
    "cancel_and_retry": ["attempt 0*", "attempt 1"],
    "cancel_before": ["after"],
    "chord_of_pipelines": ["a", "b", "body of 2", "c", "d"],
    "chord_of_two": ["a", "b", "body of 2"],
    "chord_that_fails": ["a", "body of 2", "failing*"],
    "expire": ["after"],
    "group_of_two": ["a", "b"],
    "lock": ["first*", "second"],
    "map_over_two": ["a", "b"],
    "pipeline": ["a", "b", "c"],
    "pipeline_that_fails": ["errback of RuntimeError", "failing*"],
    "rate_limit": ["first*", "second"],
    "retries": ["attempt 0*", "attempt 1*", "attempt 2"],
    "retries_in_pipeline": ["attempt 0*", "attempt 1", "next"],
    "retries_run_out": ["attempt 0*", "attempt 1*", "errback of KeyError", "errback of KeyError"],
    "retries_with_delay": ["attempt 0*", "attempt 1"],
    "retry_task": ["attempt 0*", "attempt 1"],
    "retry_task_with_delay": ["attempt 0*", "attempt 1"],
    "revoke": ["after"],
    "schedule": ["a"],
    "timeout": ["errback of TaskTimeout", "starting*"],
}
ONLY_NEW = {"chord_of_pipelines", "chord_of_two", "chord_that_fails", "group_of_two", "rate_limit", "timeout"}
NAMES = [name for name in TABLE if name in PATTERNS]
SIDES = ["sqlite thread", "sqlite process", "sqlite greenlet", "redis thread", "redis process", "redis greenlet"]


@pytest.fixture(
    scope="module",
    params=[pytest.param(side, marks=[pytest.mark.server] if "redis" in side else []) for side in SIDES],
)
def sides(request, tmp_path_factory):
    """Return a queue whose tasks have no scopes and one whose have, with everything sent to both."""
    storage, kind = request.param.split()
    folder = tmp_path_factory.mktemp("consumers")
    with ExitStack() as stack:
        found = [stack.enter_context(watched(storage, folder, scoped)) for scoped in (False, True)]
        for side in found:
            side.tasks = add_tasks(side.huey)
            stack.enter_context(side.consumer("control_flow_app", kind, "--workers=2"))
        for name in NAMES:
            for side in found:
                PATTERNS[name](side.huey, side.tasks, name)
        yield found


def without_scopes(name):
    return sorted(event.removesuffix("*") for event in TABLE[name])


def with_scopes(name):
    return sorted([*without_scopes(name), *(f"effect of {event}" for event in TABLE[name] if not event.endswith("*"))])


def test_the_table_has_every_pattern():
    assert set(PATTERNS) == {name for name in TABLE if NEW or name not in ONLY_NEW}


@pytest.mark.parametrize("name", NAMES)
def test_the_same_happens_and_what_has_succeeded_has_effects(name, sides):
    without, scoped = sides
    assert sorted(without.wait_for(name, len(without_scopes(name)))) == without_scopes(name)
    assert sorted(scoped.wait_for(name, len(with_scopes(name)))) == with_scopes(name)


@pytest.mark.parametrize("name", NAMES)
def test_huey_sends_the_same_signals(name, sides):
    def signals():
        found = [sorted(side.log.read(f"{name}.signals")) for side in sides]
        return found if found[0] == found[1] else []

    assert wait_until(signals) == [sorted(side.log.read(f"{name}.signals")) for side in sides]


def test_periodic_tasks_run_and_have_effects(sides):
    without, scoped = sides
    assert without.wait_for("tick", 1)[0] == "tick"
    assert sorted(scoped.wait_for("tick", 2)[:2]) == ["effect of tick", "tick"]


def test_nothing_happens_besides(sides):
    for side, expected in zip(sides, (without_scopes, with_scopes), strict=True):
        assert wait_until(lambda side=side: not side.waiting())
        assert {name: sorted(side.log.read(name)) for name in NAMES} == {name: expected(name) for name in NAMES}
    without, scoped = ({name: sorted(side.log.read(f"{name}.signals")) for name in NAMES} for side in sides)
    assert without == scoped
