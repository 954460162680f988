"""Each dispatch option, and what is wrong with some."""

from datetime import UTC, datetime, timedelta

import huey
import pytest
from huey_suites.queues import in_memory, task_of

import airlock
from airlock.integrations.executors.huey import huey_executor

HAS = {"retries", "priority", "retry_delay", "expires"} | {
    name for name in ("timeout", "retry_backoff") if hasattr(huey.api.Task, f"default_{name}")
}


def note(*args, **kwargs): ...


@pytest.fixture
def queue():
    return huey.MemoryHuey("options", immediate=False)


def send(queue, **options):
    with airlock.scope(executor=huey_executor):
        airlock.options(**options).enqueue(task_of(queue, note), 1)
    (message,) = in_memory(queue)
    return message.options


def utc_now():
    return datetime.now(UTC).replace(tzinfo=None)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (name, value)
        for name, value in [("priority", 7), ("retries", 3), ("retry_delay", 1.5), ("timeout", 9), ("retry_backoff", 2)]
        if name in HAS
    ],
)
def test_an_option_is_on_the_message(queue, name, value):
    assert send(queue, **{name: value})[name] == value


if missing := {"timeout", "retry_backoff"} - HAS:

    @pytest.mark.parametrize("name", sorted(missing))
    def test_an_option_that_came_with_a_later_huey_is_an_error_that_says_so(queue, name):
        with pytest.raises(airlock.InvalidIntentError, match=rf"Huey {huey.__version__} has no option '{name}'"):
            with airlock.scope(executor=huey_executor):
                airlock.options(**{name: 1}).enqueue(task_of(queue, note))


@pytest.mark.parametrize("delay", [60, 60.0, timedelta(minutes=1)], ids=repr)
def test_a_delay_becomes_the_time_at_which_the_task_is_due(queue, delay):
    before = utc_now()
    eta = send(queue, delay=delay)["eta"]
    assert before + timedelta(seconds=60) <= eta <= utc_now() + timedelta(seconds=60)


@pytest.mark.parametrize("delay", [0, 0.0, timedelta()], ids=repr)
def test_no_delay_is_as_if_it_had_not_been_given(queue, delay):
    assert "eta" not in send(queue, delay=delay)


def test_a_time_with_a_zone_becomes_what_the_worker_compares_with(queue):
    eta = datetime(2030, 1, 1, 12, tzinfo=UTC).astimezone()
    assert send(queue, eta=eta)["eta"] == datetime(2030, 1, 1, 12)  # noqa: DTZ001


def test_a_local_time_is_kept_by_a_huey_with_local_times():
    queue = huey.MemoryHuey("local", immediate=False, utc=False)
    eta = datetime(2030, 1, 1, 12)  # noqa: DTZ001
    assert send(queue, eta=eta)["eta"] == eta


def test_when_a_task_expires_is_settled_when_it_is_sent(queue):
    with airlock.scope(executor=huey_executor) as scope:
        intent = airlock.options(expires=60).enqueue(task_of(queue, note))
    before = utc_now()
    resolved = scope.results[intent].task.expires_resolved
    assert before + timedelta(seconds=50) < resolved <= utc_now() + timedelta(seconds=60)
    (sent,) = queue.pending()
    assert abs(sent.expires_resolved - resolved) < timedelta(seconds=5)


def test_none_is_as_if_an_option_had_not_been_given(queue):
    with_none = send(queue, eta=None, delay=None, priority=None, retries=None)
    queue.flush()
    assert with_none == send(queue)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"delay": 1, "eta": datetime(2030, 1, 1)}, "both `delay` and `eta`"),  # noqa: DTZ001
        ({"delay": "5"}, "'delay' is a finite number of seconds, or a timedelta, not '5'"),
        ({"delay": float("nan")}, "'delay'"),
        ({"delay": 1e300}, "OverflowError"),
        ({"eta": "tomorrow"}, "'eta' is a datetime"),
        ({"priority": float("inf")}, "'priority'"),
        ({"retries": -1}, "'retries' is a whole number, 0 or more"),
        ({"retries": True}, "'retries'"),
        ({"retry_delay": timedelta(1)}, "'retry_delay'"),
        ({"expires": "never"}, "'expires'"),
        ({"prority": 1}, "did you mean 'priority'"),
        ({"id": "mine"}, "no option 'id'"),
        ({"huey": object()}, "this task has its own"),
    ],
    ids=str,
)
def test_a_wrong_option_is_an_error_before_anything_is_sent(queue, options, words):
    task = task_of(queue, note)
    scope = airlock.Scope(executor=huey_executor)
    with pytest.raises(airlock.InvalidIntentError, match=words), scope:
        intents = [airlock.enqueue(task), airlock.options(**options).enqueue(task)]
    assert scope.undispatched == intents
    assert in_memory(queue) == []


@pytest.mark.parametrize("given", ["option", "definition"])
def test_a_priority_where_the_storage_has_none_is_an_error_before_anything_is_sent(given):
    # It never connects: port 1 has nobody.
    queue = huey.RedisHuey("none", host="127.0.0.1", port=1)
    options, settings = ({"priority": 1}, {}) if given == "option" else ({}, {"priority": 1})
    with pytest.raises(airlock.InvalidIntentError, match="RedisStorage has no priorities"):
        with airlock.scope(executor=huey_executor):
            airlock.enqueue(task_of(queue, note, **settings), _dispatch_options=options)


@pytest.mark.parametrize("priority", [-1, 1.5, 65536])
def test_a_priority_that_no_file_can_have_is_an_error_before_anything_is_sent(tmp_path, priority):
    queue = huey.FileHuey("files", path=str(tmp_path))
    task = task_of(queue, note)
    with pytest.raises(airlock.InvalidIntentError, match="whole priorities from 0 to 65535"):
        with airlock.scope(executor=huey_executor):
            airlock.enqueue(task)
            airlock.options(priority=priority).enqueue(task)
    assert len(queue) == 0


def test_what_has_a_higher_priority_is_taken_first(queue):
    task = task_of(queue, note)
    with airlock.scope(executor=huey_executor):
        for priority in (1, 9, 5):
            airlock.options(priority=priority).enqueue(task, priority)
    assert [message.args for message in in_memory(queue)] == [(9,), (5,), (1,)]
