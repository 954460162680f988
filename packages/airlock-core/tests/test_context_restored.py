import asyncio
from contextlib import contextmanager
from contextvars import ContextVar, copy_context

import pytest

import airlock
from airlock import Intent
from airlock.integrations.executors.auto import auto_executor
from airlock.integrations.executors.sync import sync_executor

request_id = ContextVar("request_id")
tenant = ContextVar("tenant", default="nobody")


class Tenant:
    """A provider that is more than a variable."""

    def capture(self):
        return None if tenant.get() == "nobody" else {"name": tenant.get()}

    @contextmanager
    def restore(self, value):
        token = tenant.set(value["name"])
        yield
        tenant.reset(token)


@pytest.fixture(autouse=True)
def alone():
    """Configure two things that travel, and leave no value of them behind."""
    airlock.configure(context={"request_id": request_id, "tenant": Tenant()})
    tokens = [request_id.set("before"), tenant.set("nobody")]
    yield
    tenant.reset(tokens[1])
    request_id.reset(tokens[0])


def see(seen):
    seen.append((request_id.get("nothing"), tenant.get()))


async def see_later(seen):
    await asyncio.sleep(0)
    see(seen)


def test_sync_restores_what_is_carried_around_the_call():
    seen = []
    with airlock.scope():
        airlock.enqueue(see, seen)
        request_id.set("later")
        tenant.set("later")
        airlock.enqueue(see, seen)
    assert seen == [("before", "later"), ("later", "later")]
    assert (request_id.get(), tenant.get()) == ("later", "later")


def test_a_single_call_of_sync_restores_it_too():
    seen = []
    sync_executor(Intent(see, (seen,), context={"request_id": "carried"}))
    assert seen == [("carried", "nobody")]


def test_auto_restores_it_around_a_plain_function():
    seen = []
    with airlock.scope(executor=auto_executor):
        airlock.enqueue(see, seen)
        request_id.set("later")
    assert seen == [("before", "nobody")]


def test_a_coroutine_function_is_awaited_with_it():
    seen = []

    async def main():
        async with airlock.scope():
            tenant.set("acme")
            airlock.enqueue(see_later, seen)
            airlock.enqueue(see_later, seen)
            request_id.set("later")
            tenant.set("nobody")
        return request_id.get(), tenant.get()

    assert copy_context().run(asyncio.run, main()) == ("later", "nobody")
    assert seen == [("before", "acme")] * 2


def test_a_coroutine_function_in_a_plain_scope_is_refused_as_ever_and_left_whole():
    with pytest.raises(airlock.UsageError, match="async with"), airlock.scope():
        airlock.enqueue(see_later, [])


def test_a_future_that_is_not_awaited_is_cancelled():
    async def main():
        future = asyncio.get_running_loop().create_future()
        with pytest.raises(airlock.UsageError), airlock.scope():
            airlock.enqueue(lambda: future)
        assert future.cancelled()

    asyncio.run(main())


def test_an_awaitable_that_cannot_be_given_up_is_left_alone():
    class Later:
        def __await__(self):
            raise AssertionError

    with pytest.raises(airlock.UsageError), airlock.scope():
        airlock.enqueue(Later)


def test_what_a_task_enqueues_carries_what_was_restored():
    seen = []

    def place():
        airlock.enqueue(see, seen)

    with airlock.scope():
        airlock.enqueue(airlock.scoped()(place))
        request_id.set("later")
    assert seen == [("before", "nobody")]
