"""Actors by name, as an outbox writes them into its table."""

import subprocess
import sys

import dramatiq
import pytest
from dramatiq import GenericActor, pipeline
from dramatiq_support import actors

from airlock.integrations.executors.dramatiq import dramatiq_executor
from airlock.integrations.executors.dramatiq._options import options_of


@pytest.fixture
def broker(monkeypatch):
    broker = actors.stub_broker()
    monkeypatch.setattr(dramatiq.broker, "global_broker", broker)
    return broker


def plus(x, y=0):
    return x + y


def test_an_actor_is_known_by_its_name(broker):
    add = actors.actor_of(broker, plus)
    assert dramatiq_executor.registered_name(add) == add.actor_name
    assert dramatiq_executor.registered_task(add.actor_name) is add


def test_an_actor_that_is_a_class_is_known_by_its_name(broker):
    class Generic(GenericActor):
        def perform(self):
            pass

    name = dramatiq_executor.registered_name(Generic)
    assert dramatiq_executor.registered_task(name) is Generic.__actor__


def test_pipelines_have_no_name(broker):
    add = actors.actor_of(broker, plus)
    assert dramatiq_executor.registered_name(pipeline([add.message(1)])) is None


def test_an_actor_of_another_broker_has_no_name(broker):
    assert dramatiq_executor.registered_name(actors.actor_of(actors.stub_broker(), plus)) is None


def test_an_unknown_name_is_none(broker):
    assert dramatiq_executor.registered_task("os.system") is None


def test_looking_for_an_actor_makes_no_broker(monkeypatch):
    monkeypatch.setattr(dramatiq.broker, "global_broker", None)
    assert dramatiq_executor.registered_task("plus") is None
    assert dramatiq.broker.global_broker is None


def test_no_option_that_may_be_recorded_runs_something_else(broker):
    add = actors.actor_of(broker, plus)
    left_out = set(options_of(broker)) - set(dramatiq_executor.recordable_options(add))
    assert {"on_failure", "on_success", "pipe_target"} <= left_out
    assert {"delay", "queue_name", "max_retries"}.isdisjoint(left_out)


def test_where_dramatiq_is_not_loaded_nothing_loads_it():
    program = (
        "import sys; from airlock.integrations.executors.dramatiq import dramatiq_executor; "
        "assert dramatiq_executor.registered_task('plus') is None; assert 'dramatiq' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
