"""Streaming responses behind real servers, read to the end and left half-way."""

import asyncio
from contextlib import nullcontext

import pytest
from django.test import AsyncClient, Client, override_settings
from django_project.models import Entry
from django_web import meetings
from django_web.effects import record, scopes, sent, wait, wait_until_discarded

SENT = ["in the view", "before the first", "written"]


@pytest.fixture
def mixed(site, kind):
    """Expect Django's warning where a body of one kind is served by a server of the other; it reads it in one go."""
    is_mixed = site.is_async != (kind == "awaited")
    return pytest.warns(Warning, match="StreamingHttpResponse must consume") if is_mixed else nullcontext()


@pytest.fixture
def database(alias, site):
    with override_settings(AIRLOCK={"EXECUTOR": record, "USING": alias}):
        yield alias
    Entry.objects.using(alias).all().delete()


def test_a_body_has_a_scope_of_its_own_that_follows_transactions(site, kind, database, mixed):
    with mixed:
        assert site.get(f"/streams/{kind}/{database}/") == (200, b"first,second,last")
    assert sent == SENT
    assert Entry.objects.using(database).filter(text="written").exists()
    assert len(scopes) == 2
    assert scopes[1].parent is None


def test_the_scope_of_the_request_has_ended_when_the_body_is_made(site, kind, mixed):
    with mixed:
        assert site.get(f"/unscoped/{kind}/") == (200, b"first,None")


def test_a_coroutine_body_reaches_the_thread_of_the_orm(asgi_server, web):
    asgi_server.reload()
    threads = asgi_server.get("/tells_threads/").body.split(b",")
    assert len(threads) == 3
    assert len(set(threads)) == 1


@pytest.mark.parametrize(("server", "kind"), [("wsgi_server", "plain"), ("asgi_server", "awaited")])
def test_a_client_that_leaves_half_way_lets_nothing_out_and_the_body_is_closed(request, web, server, kind):
    site = request.getfixturevalue(server)
    site.reload()
    meeting = meetings.renew()
    connection = site.connect()
    connection.request("GET", f"/never_ends/{kind}/")
    assert connection.getresponse().read(10) == b".........."
    connection.close()
    wait(meeting.ended)
    wait(site.has_answered)
    assert sent == []
    assert scopes[0].is_discarded


def test_the_test_client_streams_like_a_server(web):
    response = Client().get("/streams/plain/default/")
    assert sent == ["in the view"]
    assert b"".join(response.streaming_content) == b"first,second,last"
    assert sent == SENT
    Entry.objects.all().delete()


def test_the_async_test_client_streams_like_a_server(web):
    async def use():
        response = await AsyncClient().get("/streams/awaited/default/")
        assert sent == ["in the view"]
        assert b"".join([chunk async for chunk in response.streaming_content]) == b"first,second,last"

    asyncio.run(use())
    assert sent == SENT
    Entry.objects.all().delete()


def test_the_async_test_client_may_stop_half_way(web):
    async def use():
        response = await AsyncClient().get("/streams/awaited/default/")
        assert await anext(response.streaming_content) == b"first,"
        response.close()
        await wait_until_discarded(scopes[-1])

    asyncio.run(use())
    assert sent == ["in the view"]
    assert scopes[-1].is_discarded


def test_a_head_request_of_the_test_client_makes_no_chunk(web):
    assert Client().head("/streams/plain/default/").status_code == 200
    assert sent == ["in the view"]
    assert len(scopes) == 1
