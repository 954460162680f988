"""Calls of actors that are not those of a message."""

import asyncio

import pytest
from dramatiq.middleware import Middleware, SkipMessage
from dramatiq_support.scopes import CARRYING, make, work_off

import airlock
from airlock import Scope
from airlock.integrations.bypass import collect
from airlock.integrations.dramatiq import BypassMiddleware
from airlock.integrations.executors.sync import sync_executor


def test_by_hand_the_effects_are_those_of_the_caller(broker, mark):
    def job(fails=False):
        airlock.enqueue(mark, "effect")
        if fails:
            raise KeyError("as asked")
        return "result"

    actor = make(broker, job)
    with Scope(airlock.DropAll()) as scope:
        assert [actor(), actor.fn()] == ["result", "result"]
        with pytest.raises(KeyError):
            actor(fails=True)
        assert [intent.name for intent in scope.intents] == ["mark", "mark"]


def test_by_hand_outside_any_scope_the_effects_are_sent_when_it_succeeds(broker, mark, log):
    make(broker, lambda: airlock.enqueue(mark, "effect") and None, "job")()
    work_off(broker)
    assert log == ["effect"]


def test_a_call_by_hand_is_not_that_of_the_message(broker, log, request_id):
    def job(by_hand=False):
        log.append(request_id.get())
        if not by_hand:
            token = request_id.set("r-2")
            actor(by_hand=True)
            request_id.reset(token)

    actor = make(broker, job)
    work_off(broker, actor.message_with_options(**CARRYING))

    assert log == ["r-1", "r-2"]


def test_nor_is_one_by_other_middleware(broker, log, request_id):
    def note(event):
        log.append((event, request_id.get()))

    audit = make(broker, note, "audit")
    job = make(broker, note, "job")

    class Audit(Middleware):
        def before_process_message(self, broker, message):
            audit("before")

        def after_process_message(self, broker, message, **_):
            audit("after")

    broker.add_middleware(Audit())
    work_off(broker, job.message_with_options(args=("job",), **CARRYING))

    assert log == [("before", None), ("job", "r-1"), ("after", None)]


@pytest.mark.parametrize("how", ["skip", "fail"])
def test_nor_is_one_after_a_message_whose_actor_was_not_called(how, broker, log, request_id):
    job = make(broker, lambda: log.append(request_id.get()), "job")

    class Prevent(Middleware):
        def before_process_message(self, broker, message):
            if how == "skip":
                raise SkipMessage("as asked")
            message.fail()

        def before_ack(self, broker, message):
            job()

        before_nack = before_ack

    broker.add_middleware(Prevent())
    work_off(broker, job.message_with_options(**CARRYING))

    assert log == [None]


def test_what_an_actor_sends_without_airlock_is_reported_when_an_executor_calls_it(broker, mark):
    broker.add_middleware(BypassMiddleware())
    job = make(broker, lambda: mark.send("effect") and None, "job")

    with collect() as found, Scope(executor=lambda intent: intent.task()):
        airlock.enqueue(job)

    assert [bypass.task for bypass in found] == ["mark"]


def test_an_actor_has_its_own_scope(broker, mark, log):
    job = make(broker, lambda: airlock.enqueue(mark, "effect") and None, "job")
    with Scope(executor=sync_executor):
        airlock.configure(executor="sync")
        airlock.enqueue(job)
    assert log == ["effect"]


def test_so_has_a_coroutine(broker, mark, log):
    async def job(fails=False):
        airlock.enqueue(mark, f"effect {fails}")
        await asyncio.sleep(0)
        if fails:
            raise KeyError("as asked")

    async def run(**arguments):
        async with Scope(executor=sync_executor):
            airlock.enqueue(actor, **arguments)

    airlock.configure(executor="sync")
    actor = make(broker, job)
    asyncio.run(run())
    with pytest.raises(KeyError):
        asyncio.run(run(fails=True))
    assert log == ["effect False"]
