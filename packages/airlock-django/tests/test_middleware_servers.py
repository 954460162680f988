"""The middleware behind real servers, WSGI and ASGI, around plain views and coroutine functions."""

from contextlib import nullcontext

import pytest
from django_web.effects import scopes, sent


@pytest.mark.parametrize("status", [200, 201, 204, 301, 302, 304, 399])
def test_a_status_below_400_lets_effects_out(site, kind, status):
    assert site.get(f"/{kind}/answers/{status}/").status == status
    assert sent == ["answered"]


@pytest.mark.parametrize("status", [400, 401, 404, 410, 422, 499, 500, 503])
def test_a_status_from_400_on_holds_them_back(site, kind, status):
    assert site.get(f"/{kind}/answers/{status}/").status == status
    assert sent == []
    assert scopes[0].is_discarded


@pytest.mark.parametrize(
    ("error", "status"),
    [("Http404", 404), ("PermissionDenied", 403), ("SuspiciousOperation", 400), ("ValueError", 500)],
)
def test_what_a_view_wanted_before_it_raised_is_dropped(site, kind, error, status):
    assert site.get(f"/{kind}/raises/{error}/").status == status
    assert sent == []
    assert scopes[0].is_discarded


def test_a_view_sees_its_scope_on_the_request(site, kind):
    assert site.get(f"/{kind}/looks_at_its_scope/") == (200, b"DjangoScope")


def test_a_redirect_and_a_304_let_effects_out(site, kind):
    assert site.get(f"/{kind}/redirects/").status == 302
    assert site.get(f"/{kind}/is_not_modified/").status == 304
    assert sent == ["redirected", "not modified"]


def test_a_file_is_sent_and_effects_go_out(site, kind):
    # Under ASGI Django reads a file in one go, and warns that it does.
    with pytest.warns(Warning, match="synchronous iterators") if site.is_async else nullcontext():
        assert site.get(f"/{kind}/sends_a_file/") == (200, b"a file")
    assert sent == ["sent a file"]


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "POST"])
def test_every_method_has_a_scope(site, kind, method):
    assert site.get(f"/{kind}/answers/200/", method).status == 200
    assert sent == ["answered"]


def test_what_a_template_wants_while_it_is_rendered_goes_out_too(site, kind):
    assert site.get(f"/{kind}/renders_later/") == (200, b"a page")
    assert sent == ["in the view", "while rendering"]


def test_a_template_that_fails_drops_what_its_view_wanted(site, kind):
    assert site.get(f"/{kind}/fails_to_render/").status == 500
    assert sent == []


def test_an_unknown_address_is_a_404_as_ever(site):
    assert site.get("/nowhere/").status == 404


def test_a_flush_that_fails_is_an_error_of_the_request(site, kind):
    assert site.get(f"/{kind}/wants_what_cannot_be_sent/").status == 500
    assert sent == ["sendable"]
    assert [intent.args for intent in scopes[0].undispatched] == [("unsendable",)]


def test_a_scope_that_a_view_leaves_open_is_an_error_and_does_not_reach_the_next_request(site, kind):
    assert site.get(f"/{kind}/leaves_a_scope_open/").status == 500
    assert site.get(f"/{kind}/answers/200/").status == 200
    assert sent == ["answered"]
    assert scopes[-1].parent is None
