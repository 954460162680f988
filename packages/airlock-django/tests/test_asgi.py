"""A client that hangs up under ASGI, on a real server."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import pytest
from django.http import HttpResponse
from django.test import AsyncRequestFactory, override_settings
from django_web import meetings
from django_web.effects import effect, record, scopes, sent, wait
from django_web.servers import ASGISite, stacked

import airlock
from airlock.integrations.django import AirlockMiddleware


@pytest.fixture
def asgi(asgi_server: ASGISite, web: None) -> ASGISite:
    asgi_server.reload()
    return asgi_server


@contextmanager
def hung_up(site: ASGISite, path: str) -> Iterator[meetings.Meeting]:
    """Ask for a page, hang up once its view waits, and go on once Django knows."""
    meeting = meetings.renew()
    connection = site.connect()
    connection.request("GET", path)
    wait(meeting.reached)
    connection.close()
    wait(site.client_has_gone)
    yield meeting
    meeting.released.set()
    wait(site.has_answered)


def test_a_coroutine_view_whose_client_has_gone_is_cancelled_and_lets_nothing_out(asgi):
    with hung_up(asgi, "/waits_to_be_cancelled/") as meeting:
        wait(meeting.ended)
    assert sent == []
    assert scopes[0].is_discarded
    assert len(scopes[0].intents) == 2


@pytest.mark.parametrize("stack", ["OURS", "OURS AsyncOnly", "AsyncOnly OURS", "SyncOnly OURS"])
def test_a_plain_view_whose_client_has_gone_goes_on_and_its_effects_go_out(asgi, stack):
    with stacked(asgi, stack):
        with hung_up(asgi, "/waits_in_its_thread/200/"):
            assert sent == []
    assert sent == ["before it waits", "after it has waited"]


def test_a_plain_view_whose_client_has_gone_is_still_judged_by_its_response(asgi):
    with hung_up(asgi, "/waits_in_its_thread/500/"):
        assert scopes[0].is_active
    assert sent == []
    assert scopes[0].is_discarded
    assert len(scopes[0].intents) == 2


def test_below_plain_middleware_what_a_view_wanted_before_its_client_went_is_dropped_and_logged(asgi, caplog):
    with stacked(asgi, "OURS SyncOnly"):
        with hung_up(asgi, "/waits_in_its_thread/200/") as meeting:
            pass
        wait(meeting.ended)
    assert sent == []
    assert scopes[0].is_discarded
    logged = [entry.getMessage() for entry in caplog.records if entry.name == "airlock"]
    assert [line.split(", intent")[0] for line in logged] == ["discarded, since the client hung up: task effect"] * 2


def test_a_client_that_has_gone_does_not_interrupt_a_flush(asgi):
    def slow_at_first(intent):
        if intent.args == ("slow",):
            meetings.waits_while_it_is_sent(intent)
        record(intent)

    with override_settings(AIRLOCK={"EXECUTOR": slow_at_first}):
        with hung_up(asgi, "/takes_long_to_flush/"):
            assert sent == []
    assert sent == ["slow", "second", "third"]


def test_a_request_cancelled_while_it_flushes_ends_with_its_response(web):
    async def slowly(intent):
        reached.set()
        await released.wait()
        sent.append(intent.args[0])

    async def view(request):
        airlock.enqueue(effect, "first")
        airlock.enqueue(effect, "second")
        return HttpResponse(status=201)

    async def use() -> None:
        task = asyncio.create_task(AirlockMiddleware(view)(AsyncRequestFactory().get("/")))
        async with asyncio.timeout(30):
            await reached.wait()
            for _ in range(2):
                task.cancel()
                await asyncio.sleep(0)
            released.set()
            assert (await task).status_code == 201
        assert task.cancelling() == 0

    reached, released = asyncio.Event(), asyncio.Event()
    with override_settings(AIRLOCK={"EXECUTOR": slowly}):
        asyncio.run(use())
    assert sent == ["first", "second"]


def test_what_a_view_sets_in_the_context_is_seen_above(web):
    variable: ContextVar[str] = ContextVar("variable", default="unset")

    async def view(request):
        variable.set("set by the view")
        return HttpResponse()

    async def use() -> None:
        await AirlockMiddleware(view)(AsyncRequestFactory().get("/"))
        assert variable.get() == "set by the view"
        assert airlock.get_current_scope() is None

    asyncio.run(use())
