"""Actors that are coroutine functions: their coroutine is on a loop in another thread, their scope in the worker's."""

import asyncio
import threading

from dramatiq.middleware import Middleware
from dramatiq_support.scopes import make, work_off

import airlock
from airlock import Scope, UsageError
from airlock.integrations.executors.dramatiq import dramatiq_executor


def test_what_an_executor_returns_is_awaited_on_the_loop_of_the_actor(broker, log):
    loops = []

    async def remind(number):
        await asyncio.sleep(0)
        loops.append(asyncio.get_running_loop())
        log.append(number)

    async def job():
        loops.append(asyncio.get_running_loop())
        for number in range(3):
            airlock.enqueue(remind, number)

    airlock.configure(executor="auto")
    work_off(broker, make(broker, job).message())

    assert log == [0, 1, 2]
    assert len(set(loops)) == 1
    assert len(loops) == 4


def test_an_executor_without_batches_is_called_in_the_thread_of_the_worker(broker, log):
    threads = []

    def executor(intent):
        threads.append(threading.current_thread())

        async def arrive():
            log.append((intent.args[0], threading.current_thread() in threads))

        return arrive()

    async def job():
        airlock.enqueue(print, 1)
        airlock.enqueue(print, 2)

    airlock.configure(executor=executor)
    work_off(broker, make(broker, job).message())

    assert log == [(1, False), (2, False)]


def test_a_scope_that_calls_the_executor_itself_has_it_awaited_too(broker, log):
    class OneByOne(Scope):
        def dispatch_all(self, intents):
            for intent in intents:
                self.executor(intent)

    async def executor(intent):
        log.append(intent.args[0])

    async def job():
        airlock.enqueue(print, 1)

    airlock.configure(scope_cls=OneByOne, executor=executor)
    work_off(broker, make(broker, job).message())

    assert log == [1]


def test_a_dispatch_that_is_broken_off_is_closed_before_the_message_is_tried_again(broker, log):
    async def fail():
        log.append("awaited")
        raise KeyError("as asked")

    class Batches:
        def __call__(self, intent):
            raise AssertionError("it takes batches")

        def dispatch_many(self, intents):
            try:
                yield fail()
            finally:
                log.append("closed")

    class Witness(Middleware):
        def after_process_message(self, broker, message, *, result=None, exception=None):
            log.append(type(exception))

    async def job():
        airlock.enqueue(print, 1)

    broker.add_middleware(Witness())
    airlock.configure(executor=Batches())
    work_off(broker, make(broker, job).message())

    assert log == ["awaited", "closed", KeyError]


def test_an_effect_that_fails_while_it_is_awaited_fails_the_message(broker, log):
    async def remind(number):
        log.append(number)
        if log.count(2) == 1 and number == 2:
            raise KeyError("again")

    async def job():
        for number in (1, 2, 3):
            airlock.enqueue(remind, number)

    airlock.configure(executor="auto")
    work_off(broker, make(broker, job, max_retries=1).message())

    assert log == [1, 2, 1, 2, 3]


def test_the_scope_shows_the_executor_that_it_has(broker, log):
    async def job():
        executor = airlock.get_current_scope().executor
        log.append((repr(executor), executor.unavailable, executor.accepts(print)))

    work_off(broker, make(broker, job).message())

    assert log == [("dramatiq_executor", dramatiq_executor.unavailable, False)]


def test_a_plain_actor_cannot_have_anything_awaited(broker, log):
    async def remind():
        raise AssertionError("not called")

    def job():
        airlock.enqueue(remind)

    class Witness(Middleware):
        def after_process_message(self, broker, message, *, result=None, exception=None):
            log.append(type(exception))

    airlock.configure(executor="auto")
    broker.add_middleware(Witness())
    work_off(broker, make(broker, job).message())

    assert log == [UsageError]
