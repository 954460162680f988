import asyncio
from contextvars import ContextVar

import pytest

import airlock
from airlock.testing import capture

request_id = ContextVar("request_id", default="nothing")


@pytest.fixture
def effects():
    airlock.configure(context={"request_id": request_id})
    token = request_id.set("r-1")
    with capture() as effects:
        yield effects
    request_id.reset(token)


def test_a_recording_shows_what_its_intents_carry_and_where_they_come_from(effects, charge):
    airlock.enqueue(charge)
    request_id.set("r-2")
    with airlock.scope():
        airlock.enqueue(charge)
    assert [intent.context for intent in effects] == [{"request_id": "r-1"}, {"request_id": "r-2"}]
    assert effects[0].origin.filename == __file__


def test_an_origin_that_is_known_is_kept(effects, charge):
    origin = airlock.Origin("shop.py", 3, "checkout")
    airlock.enqueue(charge, _origin=origin)
    assert (effects[0].origin, effects[0].context) == (origin, {"request_id": "r-1"})


@pytest.mark.parametrize("serialize", ["json", "pickle", None])
def test_what_is_performed_sees_what_its_intent_carried(effects, serialize):
    seen = []

    def place(order):
        seen.append(("place", request_id.get()))
        airlock.enqueue(charge, order)

    def charge(order):
        seen.append(("charge", request_id.get()))

    airlock.enqueue(place, 1)
    request_id.set("of the test")
    effects.run(recursive=True, serialize=serialize)
    assert seen == [("place", "r-1"), ("charge", "r-1")]
    assert request_id.get() == "of the test"


def test_what_is_awaited_sees_it_too_and_so_does_what_it_enqueues(effects):
    seen = []

    async def place():
        await asyncio.sleep(0)
        airlock.enqueue(seen.append, request_id.get())

    async def main():
        airlock.enqueue(place)
        request_id.set("of the test")
        await effects.arun(recursive=True)

    asyncio.run(main())
    assert seen == ["r-1"]
    assert [intent.context for intent in effects] == [{"request_id": "r-1"}] * 2
