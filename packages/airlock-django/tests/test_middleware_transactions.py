"""Requests and their transactions, on each kind of database, behind real servers."""

from collections.abc import Iterator

import pytest
from django.db import connections
from django.test import override_settings
from django_project.models import Entry
from django_web.effects import record, sent
from django_web.servers import stacked


@pytest.fixture
def database(alias: str, site) -> Iterator[str]:
    """A database that the scopes belong to, left empty."""
    with override_settings(AIRLOCK={"EXECUTOR": record_outside_transactions, "USING": alias}):
        yield alias
    Entry.objects.using(alias).all().delete()


def record_outside_transactions(intent):
    """Dispatch, and show that nothing can be rolled back any more."""
    assert not any(connection.in_atomic_block for connection in connections.all(initialized_only=True))
    record(intent)


@pytest.fixture(params=[True, False], ids=["atomic-requests", "autocommit"])
def atomic_requests(request, database, monkeypatch) -> bool:
    monkeypatch.setitem(connections.settings[database], "ATOMIC_REQUESTS", request.param)
    return request.param


def is_written(alias: str) -> bool:
    return Entry.objects.using(alias).filter(text="written").exists()


def test_a_view_that_succeeds_writes_and_lets_effects_out(site, database, atomic_requests):
    assert site.get(f"/database/writes/{database}/").status == 200
    assert is_written(database)
    assert sent == ["written"]


def test_a_view_that_answers_500_keeps_what_it_wrote_and_drops_effects(site, database, atomic_requests):
    assert site.get(f"/database/writes/{database}/?status=500").status == 500
    assert is_written(database)
    assert sent == []


def test_a_view_that_raises_drops_effects_whatever_becomes_of_the_rows(site, database, atomic_requests):
    assert site.get(f"/database/writes_and_raises/{database}/").status == 500
    assert is_written(database) is not atomic_requests
    assert sent == []


def test_after_its_commit_a_view_has_its_answer_whatever_cannot_be_sent(site, database, atomic_requests, caplog):
    answer = site.get(f"/database/writes_what_cannot_be_told/{database}/")
    assert (answer.status, sent) == ((200, ["written"]) if atomic_requests else (500, []))
    assert is_written(database)
    logged = [record.getMessage() for record in caplog.records if record.name == "airlock"]
    assert len(logged) == (1 if atomic_requests else 2)
    assert all(message.startswith("not dispatched: task effect, intent ") for message in logged)


def test_a_view_without_atomic_requests_is_as_ever(site, database, atomic_requests):
    assert site.get(f"/database/non_atomic_writes/{database}/").status == 200
    assert is_written(database)
    assert sent == ["written"]


def test_what_was_wanted_in_a_block_that_is_rolled_back_never_goes_out(site, database, atomic_requests):
    assert site.get(f"/database/swallows_a_rollback/{database}/").status == 200
    assert not is_written(database)
    assert sent == ["before", "after"]


def test_a_rollback_in_the_thread_of_the_orm_counts_in_a_coroutine_view(site, database):
    assert site.get(f"/database/swallows_a_rollback_in_its_thread/{database}/").status == 200
    assert not is_written(database)
    assert sent == ["before", "after"]


def test_a_coroutine_view_may_open_a_scope_of_its_own(site, database):
    assert site.get(f"/database/opens_a_scope_of_its_own/{database}/").status == 200
    assert is_written(database)
    assert sent == ["inside"]


@pytest.mark.parametrize("status", [200, 302])
def test_middleware_above_that_commits_lets_effects_out_then(site, database, status):
    with stacked(site, "InTransaction OURS"):
        assert site.get(f"/database/writes/{database}/?status={status}").status == status
    assert is_written(database)
    assert sent == ["written"]


def test_middleware_above_that_rolls_back_drops_effects(site, database):
    with stacked(site, "RolledBack OURS"):
        assert site.get(f"/database/writes/{database}/").status == 200
    assert not is_written(database)
    assert sent == []


def test_a_failure_after_the_commit_leaves_the_answer_alone_and_is_logged(site, database, caplog):
    with stacked(site, "InTransaction OURS"):
        assert site.get("/plain/wants_what_cannot_be_sent/") == (200, b"all is well")
    assert sent == ["sendable"]
    assert [record.levelname for record in caplog.records if record.name == "airlock"][:1] == ["ERROR"]
