"""Which tasks are Dramatiq's, and what is sent for each."""

import subprocess
import sys

import dramatiq
import pytest
from dramatiq import GenericActor, PickleEncoder, group, pipeline
from dramatiq_support import actors, queues

import airlock
from airlock import InvalidIntentError, Scope
from airlock.integrations.executors.dramatiq import dramatiq_executor


@pytest.fixture
def broker():
    return actors.stub_broker()


@pytest.fixture
def add(broker):
    return actors.actor_of(broker, plus)


def plus(x, y=0):
    return x + y


def chain(add, *numbers):
    """Return a pipeline on the actor's own broker; what `|` makes is on Dramatiq's global one."""
    return pipeline([add.message(number) for number in numbers], broker=add.broker)


def flush(*tasks, **options):
    with Scope(executor=dramatiq_executor) as scope:
        for task in tasks:
            airlock.options(**options).enqueue(task)
    return list(scope.results.values())


def sent(broker, queue=actors.QUEUE):
    return [(message.task, *message.args) for message in queues.in_stub(broker, queue)]


def test_looking_at_a_task_does_not_import_dramatiq():
    program = """
import sys
from airlock.integrations.executors.dramatiq import dramatiq_executor
assert not dramatiq_executor.accepts(print)
assert dramatiq_executor.unavailable == ()
assert "dramatiq" not in sys.modules and "redis" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_an_actor_that_was_written_as_a_class_is_a_task(broker):
    class Greet(GenericActor):
        class Meta:
            actor_name = "greet"
            queue_name = actors.QUEUE
            broker = actors.stub_broker()

        def perform(self, who):
            raise AssertionError("it is only sent")

    assert dramatiq_executor.accepts(Greet)
    with Scope(executor=dramatiq_executor):
        intent = airlock.enqueue(Greet, "world")

    assert sent(Greet.broker) == [("greet", "world")]
    assert intent.name == "greet"
    assert dramatiq_executor.accepts(type(Greet)) is False


def test_an_actor_of_a_class_that_adds_to_its_messages_keeps_what_it_adds(broker):
    class Tenanted(dramatiq.Actor):
        def message_with_options(self, **options):
            return super().message_with_options(**options, tenant="north")

    add = actors.actor_of(broker, plus, actor_class=Tenanted)

    with Scope(executor=dramatiq_executor):
        intent = airlock.enqueue(add, 1)

    (queued,) = queues.in_stub(broker)
    assert queued.options["tenant"] == "north"
    assert queued.id == str(intent.id)


def test_what_the_encoder_can_carry_can_be_sent(add, monkeypatch):
    monkeypatch.setattr("dramatiq.message.global_encoder", PickleEncoder())

    with Scope(executor=dramatiq_executor) as scope:
        airlock.enqueue(add, {1, 2}, object)

    (message,) = scope.results.values()
    assert dramatiq.Message.decode(add.broker.queues[actors.QUEUE].queue[0]).args == ({1, 2}, object)
    assert message.args == ({1, 2}, object)


def test_a_pipeline_goes_out_as_its_first_message_with_the_others_in_it(broker, add):
    both = chain(add, 1, 2)

    (handle,) = flush(both)

    (queued,) = queues.in_stub(broker)
    assert handle is both
    assert queued.args == (1,)
    assert queued.options["pipe_target"]["args"] == [2]


def test_a_pipeline_can_be_delayed(broker, add):
    flush(chain(add, 1, 2), delay=1000)

    assert sent(broker, f"{actors.QUEUE}.DQ") == [("plus", 1)]


def test_the_longer_delay_counts_where_the_first_message_has_one_too(broker, add):
    first = add.message_with_options(args=(1,), delay=600_000)

    flush(pipeline([first, add.message(2)], broker=broker), delay=1000)

    (queued,) = queues.in_stub(broker, f"{actors.QUEUE}.DQ")
    assert queued.options["eta"] - first.message_timestamp > 500_000


def test_a_group_goes_out_as_its_messages(broker, add):
    jobs = group([add.message(1), group([add.message(2), chain(add, 3, 4)], broker=broker)], broker=broker)

    _, handle, _ = flush(chain(add, 0, 0), jobs, chain(add, 5, 0))

    assert sent(broker) == [("plus", 0), ("plus", 1), ("plus", 2), ("plus", 3), ("plus", 5)]
    assert handle is jobs


def test_a_group_can_be_delayed(broker, add):
    flush(group([add.message(1), chain(add, 2, 3)], broker=broker), delay=1000)

    assert sent(broker) == []
    assert sent(broker, f"{actors.QUEUE}.DQ") == [("plus", 1), ("plus", 2)]


def test_a_group_with_a_completion_callback_is_run_by_dramatiq(broker, add):
    broker.add_middleware(actors.group_callbacks())
    jobs = group([add.message(1), add.message(2)], broker=broker)
    jobs.add_completion_callback(add.message(3))

    (handle,) = flush(jobs)

    assert handle is jobs
    assert [message.options["group_completion_callbacks"][0]["args"] for message in queues.in_stub(broker)] == [
        [3],
        [3],
    ]


def test_a_completion_callback_without_its_middleware_is_an_error_before_anything_is_sent(broker, add):
    jobs = group([add.message(1)], broker=broker)
    jobs.add_completion_callback(add.message(3))

    with pytest.raises(InvalidIntentError, match="GroupCallbacks"):
        flush(chain(add, 1, 2), jobs)
    assert sent(broker) == []


def test_a_completion_callback_around_a_group_is_an_error_before_anything_is_sent(broker, add):
    broker.add_middleware(actors.group_callbacks())
    jobs = group([add.message(1), group([add.message(2)], broker=broker)], broker=broker)
    jobs.add_completion_callback(add.message(3))

    with pytest.raises(InvalidIntentError, match="other groups"):
        flush(jobs)
    assert sent(broker) == []


@pytest.mark.parametrize("kind", [pipeline, group])
def test_an_empty_composition_is_an_error(broker, kind):
    with pytest.raises(InvalidIntentError, match="no message"):
        flush(kind([], broker=broker))


@pytest.mark.parametrize("kind", [pipeline, group])
def test_a_composition_takes_no_arguments(broker, add, kind):
    with pytest.raises(InvalidIntentError, match="in its messages"), Scope(executor=dramatiq_executor):
        airlock.enqueue(kind([add.message(1)], broker=broker), 2)


@pytest.mark.parametrize("kind", [pipeline, group])
def test_a_composition_has_no_option_but_the_delay(broker, add, kind):
    with pytest.raises(InvalidIntentError, match=r"'max_retries' \(it has delay\)"):
        flush(kind([add.message(1)], broker=broker), max_retries=1)


@pytest.mark.parametrize("kind", [pipeline, group])
def test_what_cannot_be_serialised_anywhere_in_a_composition_is_an_error_before_anything_is_sent(broker, add, kind):
    bad = kind([add.message(1), add.message(object())], broker=broker)

    with pytest.raises(InvalidIntentError, match="not JSON serializable"):
        flush(chain(add, 1, 2), bad)
    assert sent(broker) == []


@pytest.mark.parametrize("kind", [pipeline, group])
def test_a_class_of_the_users_own_runs_itself(broker, add, kind):
    class Mine(kind):
        runs = 0

        def run(self, *, delay=None):
            self.runs += 1
            return super().run(delay=delay)

    (mine,) = flush(Mine([add.message(1)], broker=broker))

    assert mine.runs == 1
    assert sent(broker) == [("plus", 1)]


def test_intents_of_one_flush_may_belong_to_several_brokers():
    north, south = actors.stub_broker(), actors.stub_broker()
    brokers = [north, north, south, north, south]

    with Scope(executor=dramatiq_executor) as scope:
        for number, broker in enumerate(brokers):
            airlock.enqueue(actors.actor_of(broker, plus), number)

    assert sent(north) == [("plus", 0), ("plus", 1), ("plus", 3)]
    assert sent(south) == [("plus", 2), ("plus", 4)]
    assert [message.args for message in scope.results.values()] == [(number,) for number in range(5)]
