"""Our handlers with the outbox: what a view wants is recorded in its own transaction."""

from collections.abc import Iterator

import pytest
from asgiref.sync import async_to_sync
from django.db import connections
from django.test import override_settings
from django_project.models import Entry
from django_web.effects import effect
from django_web.servers import OURS, stacked
from outbox_suites.writer import recorder

from airlock.integrations.django import handlers
from airlock.integrations.django.outbox import register
from airlock.integrations.django.outbox.models import OutboxEntry
from airlock.integrations.django.test import AsyncClient, Client

HANDLERS = {"wsgi": handlers.get_wsgi_application, "asgi": handlers.get_asgi_application}
register(effect)


class Sitting:
    """A client of either kind behind the face of a server."""

    def __init__(self, kind):
        self.kind = kind

    def get(self, path):
        if self.kind == "client":
            return Client(raise_request_exception=False).get(path).status_code
        return async_to_sync(AsyncClient(raise_request_exception=False).get)(path).status_code

    def reload(self): ...


class Served(Sitting):
    def __init__(self, server):
        self.server = server
        self.reload = server.reload

    def get(self, path):
        return self.server.get(path).status


@pytest.fixture(params=[*HANDLERS, "client", "async-client"])
def site(request, monkeypatch):
    if request.param not in HANDLERS:
        return Sitting(request.param)
    server = request.getfixturevalue(f"{request.param}_server")
    monkeypatch.setattr(server, "make_handler", HANDLERS[request.param])
    return Served(server)


@pytest.fixture
def database(alias, site, monkeypatch) -> Iterator[str]:
    """A database with ATOMIC_REQUESTS and an outbox from which nothing is sent right after the commit."""
    monkeypatch.setitem(connections.settings[alias], "ATOMIC_REQUESTS", True)
    settings = {"EXECUTOR": recorder, "USING": alias, "OUTBOX": {"BUDGET": 0}}
    with override_settings(AIRLOCK=settings, ALLOWED_HOSTS=["*"], MIDDLEWARE=[OURS], ROOT_URLCONF="django_web.urls"):
        site.reload()
        yield alias
    Entry.objects.using(alias).all().delete()
    OutboxEntry.objects.using(alias).all().delete()


def recorded(alias):
    """Return the number of intents that were recorded, and whether the view's row is there."""
    sizes = OutboxEntry.objects.using(alias).values_list("size", flat=True)
    return sum(sizes), Entry.objects.using(alias).filter(text="written").exists()


def test_what_the_view_wants_is_recorded_whatever_comes_later(site, database):
    with stacked(site, "OURS FailsAfterwards"):
        assert site.get(f"/database/writes/{database}/") == 500
    assert recorded(database) == (1, True)


def test_what_others_wanted_before_the_view_is_recorded_with_it(site, database):
    with stacked(site, "OURS Refuses Wants"):
        assert site.get(f"/database/writes/{database}/") == 503
    assert recorded(database) == (2, True)
    assert OutboxEntry.objects.using(database).count() == 1


def test_what_others_want_after_the_view_is_recorded_at_the_end(site, database):
    with stacked(site, "OURS Wants"):
        assert site.get(f"/database/writes/{database}/") == 200
    assert recorded(database) == (3, True)
    assert OutboxEntry.objects.using(database).count() == 2


@pytest.mark.parametrize("path", ["writes_and_raises/{}/", "writes/{}/?status=500"])
def test_a_view_that_fails_records_nothing(site, database, path):
    assert site.get(f"/database/{path.format(database)}") == 500
    assert recorded(database)[0] == 0


def test_what_cannot_be_recorded_rolls_back_the_view(site, database):
    assert site.get(f"/atomic/wants_what_cannot_be_recorded/{database}/") == 500
    assert recorded(database) == (0, False)


def test_what_cannot_be_recorded_without_our_handler_comes_after_the_commit(site, database, monkeypatch):
    monkeypatch.setattr("airlock.integrations.django._view_transactions._atomic_aliases", lambda view: set())
    assert site.get(f"/atomic/wants_what_cannot_be_recorded/{database}/") == 500
    assert recorded(database) == (0, True)


def test_a_block_in_a_view_is_recorded_with_its_own_commit_where_the_scope_of_the_request_lets_it(site, database):
    settings = {"EXECUTOR": recorder, "USING": database, "OUTBOX": {"BUDGET": 0}}
    with override_settings(AIRLOCK={**settings, "SCOPE": "django_web.atomic.LetsThrough"}):
        with stacked(site, "OURS FailsAfterwards"):
            assert site.get(f"/atomic/writes_in_a_block_of_its_own/{database}/") == 500
    assert recorded(database) == (1, True)
