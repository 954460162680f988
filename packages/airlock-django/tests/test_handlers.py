"""Handlers that decide about effects in the transaction of the view: behind real servers, and in test clients."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from asgiref.sync import async_to_sync
from django.db import connections
from django.test import override_settings
from django_project.models import Entry
from django_web import meetings
from django_web.effects import record, scopes, sent, wait
from django_web.servers import Answer, stacked

from airlock.integrations.django import handlers
from airlock.integrations.django.test import AsyncClient, Client

HANDLERS = {"wsgi": handlers.get_wsgi_application, "asgi": handlers.get_asgi_application}


def get_with_client(path):
    response = Client(raise_request_exception=False).get(path)
    return Answer(response.status_code, response.content)


def get_with_async_client(path):
    response = async_to_sync(AsyncClient(raise_request_exception=False).get)(path)
    return Answer(response.status_code, response.content)


CLIENTS = {"client": get_with_client, "async-client": get_with_async_client}


@pytest.fixture(params=[*HANDLERS, *CLIENTS])
def site(request, web, monkeypatch):
    """The site, on a server of each kind with our handlers and in each kind of client in turn."""
    if request.param in CLIENTS:
        return SimpleNamespace(get=CLIENTS[request.param], reload=lambda: None)
    server = request.getfixturevalue(f"{request.param}_server")
    monkeypatch.setattr(server, "make_handler", HANDLERS[request.param])
    server.reload()
    return server


@pytest.fixture
def database(alias, site, monkeypatch) -> Iterator[str]:
    """A database with ATOMIC_REQUESTS that the scopes belong to, left empty."""
    monkeypatch.setitem(connections.settings[alias], "ATOMIC_REQUESTS", True)
    with override_settings(AIRLOCK={"EXECUTOR": record_after_commit, "USING": alias}):
        yield alias
    Entry.objects.using(alias).all().delete()


def record_after_commit(intent):
    """Dispatch, and show that nothing can be rolled back any more."""
    assert not any(connection.in_atomic_block for connection in connections.all(initialized_only=True))
    record(intent)


def is_written(alias):
    return Entry.objects.using(alias).filter(text="written").exists()


def test_effects_are_out_with_the_commit_of_the_view(site, database):
    with stacked(site, "OURS atomic.Remembers"):
        assert site.get(f"/database/writes/{database}/") == (200, b"written")
    assert is_written(database)
    assert sent == ["written"]


@pytest.mark.parametrize("status", [200, 302])
def test_middleware_that_refuses_afterwards_comes_too_late(site, database, status):
    with stacked(site, "OURS Refuses"):
        assert site.get(f"/database/writes/{database}/?status={status}").status == 503
    assert is_written(database)
    assert sent == ["written"]
    assert scopes[0].dispatched == scopes[0].intents


def test_middleware_that_fails_afterwards_comes_too_late(site, database):
    with stacked(site, "OURS FailsAfterwards"):
        assert site.get(f"/database/writes/{database}/").status == 500
    assert is_written(database)
    assert sent == ["written"]


def test_middleware_that_covers_up_does_not_let_out_what_the_view_held_back(site, database):
    with stacked(site, "OURS Covers"):
        assert site.get(f"/database/writes/{database}/?status=500").status == 200
    assert is_written(database)
    assert sent == []
    assert (scopes[0].dispatched, scopes[0].undispatched) == ([], [])


def test_a_view_that_raises_is_rolled_back_and_drops_effects(site, database):
    assert site.get(f"/database/writes_and_raises/{database}/").status == 500
    assert not is_written(database)
    assert sent == []
    assert scopes[0].is_discarded


def test_a_page_that_others_make_of_the_exception_lets_nothing_out(site, database):
    with stacked(site, "OURS Apologises"):
        assert site.get(f"/database/writes_and_raises/{database}/") == (200, b"we are sorry")
    assert not is_written(database)
    assert sent == []


def test_a_policy_that_objects_at_the_end_of_the_view_rolls_it_back(site, database):
    settings = {"EXECUTOR": record_after_commit, "USING": database, "POLICY": "django_web.atomic.Objects"}
    with override_settings(AIRLOCK=settings):
        assert site.get(f"/database/writes/{database}/").status == 500
    assert not is_written(database)
    assert sent == []


def test_a_scope_that_the_view_leaves_open_rolls_it_back(site, database):
    assert site.get(f"/atomic/leaves_a_scope_open/{database}/").status == 500
    assert not is_written(database)
    assert site.get(f"/database/writes/{database}/").status == 200
    assert sent == ["written"]


def test_a_scope_that_has_ended_before_its_view_rolls_it_back(site, database):
    assert site.get(f"/atomic/ends_its_scope/{database}/").status == 500
    assert not is_written(database)
    assert sent == []


def test_a_middleware_that_cannot_decide_rolls_the_view_back(site, database):
    with override_settings(MIDDLEWARE=["django_web.atomic.CannotDecide"]):
        site.reload()
        assert site.get(f"/database/writes/{database}/").status == 500
    assert not is_written(database)
    assert sent == []
    assert scopes[0].is_discarded


def test_a_view_that_returns_nothing_is_an_error_that_lets_nothing_out(site, database):
    assert site.get(f"/atomic/returns_nothing/{database}/").status == 500
    assert sent == []
    assert scopes[0].is_discarded


def test_other_middleware_keeps_its_place_before_and_after_the_view(site, database):
    with stacked(site, "OURS Wants"):
        assert site.get(f"/database/writes/{database}/").status == 200
    assert sent == ["before the view", "written", "after the view"]
    assert [intent.args[0] for intent in scopes[0].dispatched] == sent


def test_what_was_committed_before_the_view_keeps_its_place(site, database):
    with stacked(site, "OURS atomic.Commits"):
        assert site.get(f"/database/writes/{database}/").status == 200
    assert sent == ["committed before", "written"]


def test_what_middleware_wants_after_the_view_is_judged_by_the_final_response(site, database):
    with stacked(site, "OURS Refuses Wants"):
        assert site.get(f"/database/writes/{database}/").status == 503
    assert sent == ["before the view", "written"]


def test_what_a_template_wants_is_judged_by_the_final_response(site, database):
    assert site.get(f"/atomic/renders_afterwards/{database}/") == (200, b"a page")
    assert sent == ["written", "while rendering"]


def test_a_template_that_fails_takes_nothing_back_from_its_view(site, database):
    assert site.get(f"/atomic/fails_while_rendering/{database}/").status == 500
    assert is_written(database)
    assert sent == ["written"]


def test_a_project_may_decide_otherwise_in_the_transaction_too(site, database):
    with override_settings(MIDDLEWARE=["django_web.atomic.OnlyTeapots"]):
        site.reload()
        assert site.get(f"/database/writes/{database}/?status=200").status == 200
        assert sent == []
        Entry.objects.using(database).all().delete()
        with override_settings(MIDDLEWARE=["django_web.atomic.OnlyTeapots", "django_web.middleware.Refuses"]):
            site.reload()
            assert site.get(f"/database/writes/{database}/?status=418").status == 503
    assert sent == ["written"]


def test_a_view_has_the_scope_of_its_request(site, database):
    assert site.get(f"/atomic/looks_at_its_scope/{database}/").status == 200
    assert [intent.args for intent in scopes[0].dispatched] == [("wanted",)]
    assert scopes[0].is_flushed


def test_a_view_without_atomic_requests_is_as_ever(site, database):
    with stacked(site, "OURS Refuses"):
        assert site.get(f"/atomic/writes_by_itself/{database}/").status == 503
    assert is_written(database)
    assert sent == []


def test_there_is_no_savepoint_more_than_without(site, database):
    assert site.get(f"/atomic/counts_savepoints/{database}/") == (200, b"1,0")


def test_a_durable_block_is_refused_in_a_view_and_not_in_one_without_atomic_requests(site, database):
    assert site.get(f"/atomic/is_durable/{database}/").status == 500
    assert not is_written(database)
    assert site.get(f"/atomic/is_durable_by_itself/{database}/").status == 200
    assert sent == ["written"]


def test_a_coroutine_view_is_refused_as_by_django(site, database):
    assert site.get(f"/atomic/is_awaited/{database}/").status == 500
    assert sent == []


def test_several_databases_are_rolled_back_by_what_is_decided_in_the_innermost(site, database, monkeypatch):
    monkeypatch.setitem(connections.settings["other"], "ATOMIC_REQUESTS", True)
    settings = {"EXECUTOR": record_after_commit, "USING": database, "POLICY": "django_web.atomic.Objects"}
    with override_settings(AIRLOCK=settings):
        assert site.get(f"/atomic/writes_to_two/{database}/").status == 500
    assert not is_written(database)
    assert not is_written("other")


def test_a_database_that_the_scopes_do_not_wait_for_decides_nothing(site, database, monkeypatch):
    monkeypatch.setitem(connections.settings[database], "ATOMIC_REQUESTS", False)
    monkeypatch.setitem(connections.settings["other"], "ATOMIC_REQUESTS", True)
    with stacked(site, "OURS Refuses"):
        assert site.get(f"/database/writes/{database}/").status == 503
    assert sent == []


def test_scopes_that_wait_for_no_transaction_are_flushed_at_the_end_of_the_request(site, database):
    with override_settings(AIRLOCK={"EXECUTOR": record_after_commit, "SCOPE": "airlock.Scope"}):
        assert site.get(f"/database/writes/{database}/").status == 200
    assert sent == ["written"]


def test_a_scope_around_the_view_keeps_what_it_holds_until_it_ends(site, database):
    with stacked(site, "OURS atomic.Shelters"):
        assert site.get(f"/database/writes/{database}/").status == 200
    assert sent == ["written"]


def test_a_policy_around_the_view_holds(site, database):
    with stacked(site, "OURS atomic.Mutes"):
        assert site.get(f"/database/writes/{database}/").status == 200
    assert is_written(database)
    assert sent == []
    assert len(scopes[0].dropped) == 1


def test_without_our_middleware_a_view_is_as_ever(site, database):
    with stacked(site, "Shrugs"):
        assert site.get(f"/atomic/is_durable_by_itself/{database}/").status == 500
        assert site.get("/plain/has_no_scope/") == (200, b"None")


@contextmanager
def hung_up(site, path):
    """Ask for a page, hang up once its view waits, and go on once Django knows."""
    meeting = meetings.renew()
    connection = site.connect()
    connection.request("GET", path)
    wait(meeting.reached)
    connection.close()
    wait(site.client_has_gone)
    yield
    meeting.released.set()
    wait(site.has_answered)


@pytest.mark.parametrize("stack", ["OURS", "OURS AsyncOnly", "SyncOnly OURS", "OURS SyncOnly"])
def test_a_client_that_hangs_up_takes_nothing_from_a_view_that_commits(asgi_server, web, monkeypatch, caplog, stack):
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", True)
    monkeypatch.setattr(asgi_server, "make_handler", handlers.get_asgi_application)
    with stacked(asgi_server, stack):
        with hung_up(asgi_server, "/waits_in_its_thread/200/"):
            assert sent == []
    assert sent == ["before it waits", "after it has waited"]
    assert [entry for entry in caplog.records if entry.name == "airlock"] == []
