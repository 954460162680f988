"""The scope of each message, with workers in this process."""

from inspect import signature

import dramatiq
import pytest
from dramatiq.brokers.stub import StubBroker
from dramatiq.middleware import AsyncIO, CurrentMessage, Middleware
from dramatiq.results import Results
from dramatiq.results.backends import StubBackend
from dramatiq_support import actors
from dramatiq_support.scopes import CARRYING, make, work_off

import airlock
from airlock import Intent, NoScopeError, Scope
from airlock.integrations.dramatiq import AirlockMiddleware

pytestmark = pytest.mark.usefixtures("configured")


def test_each_message_has_a_scope_of_the_configured_class(broker, mark, log):
    class Named(Scope):
        def should_flush(self, error):
            log.append(f"{self.name}: {error!r}, {self.parent}")
            return super().should_flush(error)

        def __init__(self, name, **options):
            super().__init__(**options)
            self.name = name

    airlock.configure(scope_cls=Named, scope_kwargs={"name": "mine"})
    job = make(broker, lambda: airlock.enqueue(mark, "effect"), "job")

    work_off(broker, job.message())

    assert log == ["mine: None, None", "effect", "mine: None, None"]


def test_effects_are_sent_before_the_result_is_stored_and_the_next_step_is_sent(broker, mark, log):
    class Telling(StubBackend):
        def _store(self, *args):
            log.append("stored")
            super()._store(*args)

    class Witness(Middleware):
        def after_enqueue(self, broker, message, delay):
            log.append(f"sent {message.actor_name}")

    broker.add_middleware(Results(backend=Telling()))
    broker.add_middleware(Witness())

    def first():
        airlock.enqueue(mark, "effect")
        return 7

    def second(number):
        log.append(number)

    steps = make(broker, first, store_results=True).message() | make(broker, second).message()
    work_off(broker, steps.messages[0].copy(options={"pipe_target": steps.messages[1].asdict()}))

    assert log[:4] == ["sent first", "sent mark", "stored", "sent second"]
    assert sorted(map(str, log[4:])) == ["7", "effect"]


@pytest.mark.parametrize("position", ["before all", "after all"])
def test_a_flush_that_fails_is_retried_wherever_the_middleware_stands(position, log):
    broker = StubBroker(middleware=[])
    chain = [kind for kind in actors.middleware() if not isinstance(kind, AsyncIO)]
    for middleware in [AirlockMiddleware(), *chain] if position == "before all" else [*chain, AirlockMiddleware()]:
        broker.add_middleware(middleware)
    mark = make(broker, lambda event: log.append(event), "mark")

    def job():
        log.append("attempt")
        airlock.enqueue(mark, "effect" if log.count("attempt") > 1 else object())
        return "result"

    work_off(broker, make(broker, job, max_retries=2).message())

    assert log == ["attempt", "attempt", "effect"]


def test_actors_are_scoped_whether_they_or_the_middleware_came_first(log):
    broker = actors.stub_broker()
    mark = make(broker, lambda event: log.append(event), "mark")
    early = make(broker, lambda: airlock.enqueue(mark, "early"), "early")
    broker.add_middleware(AirlockMiddleware())
    late = make(broker, lambda: airlock.enqueue(mark, "late"), "late")

    work_off(broker, early.message(), late.message())

    assert log == ["early", "late"]


def test_without_the_middleware_there_is_no_scope(log):
    broker = actors.stub_broker()
    mark = make(broker, lambda event: log.append(event), "mark")

    def job():
        with pytest.raises(NoScopeError):
            airlock.enqueue(mark, "effect")
        log.append("refused")

    work_off(broker, make(broker, job).message())

    assert log == ["refused"]


def test_a_middleware_that_is_added_twice_does_it_once(broker, mark, log):
    broker.add_middleware(AirlockMiddleware())

    def job():
        log.append(airlock.get_current_scope().parent)
        airlock.enqueue(mark, "effect")

    work_off(broker, make(broker, job).message())

    assert log == [None, "effect"]


def test_two_brokers_in_one_process_do_not_mix(broker, mark, log):
    other = actors.stub_broker()
    other.add_middleware(AirlockMiddleware())
    there = make(other, lambda event: log.append(f"{event} there"), "mark")

    def job():
        airlock.enqueue(mark, "here")
        airlock.enqueue(there, "effect")

    work_off(broker, make(broker, job).message())
    assert log == ["here"]
    work_off(other)
    assert log == ["here", "effect there"]


def test_a_message_that_is_marked_as_failed_has_no_effects(broker, mark, log):
    broker.add_middleware(CurrentMessage())

    def job():
        airlock.enqueue(mark, "effect")
        CurrentMessage.get_current_message().fail()
        log.append("marked")

    work_off(broker, make(broker, job).message())

    assert log == ["marked"]


def test_a_function_keeps_its_name_and_parameters(broker):
    def job(order: int, *, copy: bool = False) -> None:
        """Do it."""

    actor = make(broker, job)

    assert (actor.fn.__qualname__, actor.fn.__doc__) == (job.__qualname__, "Do it.")
    assert list(signature(actor.fn).parameters) == ["order", "copy"]
    assert Intent(actor).qualified_name == f"{__name__}:{job.__qualname__}"


def test_an_actor_that_is_written_as_a_class_is_scoped(broker, mark, log):
    class Job(dramatiq.GenericActor):
        class Meta:
            broker = mark.broker
            queue_name = actors.QUEUE

        def perform(self):
            airlock.enqueue(mark, "effect")

    work_off(broker, Job.message())

    assert log == ["effect"]


def test_a_local_policy_that_something_left_in_force_is_reported(broker, mark, log, caplog):
    class Leak(Middleware):
        def before_process_message(self, broker, message):
            if message.actor_name == "leak":
                airlock.policy(airlock.DropAll()).__enter__()

    broker.add_middleware(Leak())
    leak = make(broker, lambda: None, "leak")
    job = make(broker, lambda: airlock.enqueue(mark, "effect") and None, "job")

    work_off(broker, leak.message(), job.message())

    assert log == ["effect"]
    assert "was still in force when the task job started" in caplog.text


def test_what_a_message_carries_is_restored_around_the_execution(broker, log, request_id):
    actor = make(broker, lambda: log.append(request_id.get()), "job")

    async def later():
        log.append(request_id.get())

    for carrying in (actor, make(broker, later)):
        work_off(broker, carrying.message_with_options(**CARRYING), carrying.message())

    assert log == ["r-1", None, "r-1", None]
