"""The middleware among others: plain ones and asynchronous ones, and those that have an answer of their own."""

import pytest
from django_web.effects import scopes, sent
from django_web.servers import stacked

STACKS = [
    "SyncOnly OURS",
    "OURS SyncOnly",
    "AsyncOnly OURS",
    "OURS AsyncOnly",
    "SyncOnly OURS AsyncOnly",
    "AsyncOnly OURS SyncOnly",
    "SyncOnly AsyncOnly OURS SyncOnly AsyncOnly",
    "AsyncOnly SyncOnly OURS AsyncOnly SyncOnly",
]


@pytest.mark.parametrize("stack", STACKS)
def test_middleware_of_either_kind_may_stand_above_and_below(site, kind, stack):
    with stacked(site, stack):
        assert site.get(f"/{kind}/answers/404/").status == 404
        assert site.get(f"/{kind}/raises/ValueError/").status == 500
        assert sent == []
        assert site.get(f"/{kind}/answers/200/").status == 200
        assert site.get(f"/{kind}/wants_what_cannot_be_sent/").status == 500
    assert sent == ["answered", "sendable"]
    assert all(scope.parent is None and not scope.is_active for scope in scopes)


@pytest.mark.parametrize("stack", STACKS)
def test_the_scope_reaches_the_view_through_middleware_of_either_kind(site, kind, stack):
    with stacked(site, stack):
        assert site.get(f"/{kind}/looks_at_its_scope/").status == 200


@pytest.mark.parametrize("stack", ["Apologises OURS", "Apologises SyncOnly OURS Shrugs", "Apologises OURS AsyncOnly"])
@pytest.mark.parametrize("error", ["Http404", "ValueError"])
def test_an_exception_is_one_even_if_middleware_above_makes_a_page_of_it(site, kind, stack, error):
    with stacked(site, stack):
        assert site.get(f"/{kind}/raises/{error}/") == (200, b"we are sorry")
        assert sent == []
        assert scopes[0].is_discarded
        assert site.get(f"/{kind}/answers/200/").status == 200
    assert sent == ["answered"]


def test_a_template_that_fails_is_an_exception_even_if_middleware_above_makes_a_page_of_it(site, kind):
    with stacked(site, "Apologises OURS"):
        assert site.get(f"/{kind}/fails_to_render/") == (200, b"we are sorry")
    assert sent == []


def test_middleware_below_that_makes_a_page_of_an_exception_speaks_for_the_view(site, kind):
    with stacked(site, "OURS Apologises"):
        assert site.get(f"/{kind}/raises/ValueError/") == (200, b"we are sorry")
    assert sent == ["before the error"]


def test_the_answer_of_middleware_above_does_not_matter(site, kind):
    with stacked(site, "Refuses OURS"):
        assert site.get(f"/{kind}/answers/200/").status == 503
        assert sent == ["answered"]
    with stacked(site, "Covers OURS"):
        assert site.get(f"/{kind}/answers/500/").status == 200
    assert sent == ["answered"]


def test_the_answer_of_middleware_below_is_what_counts(site, kind):
    with stacked(site, "OURS Refuses"):
        assert site.get(f"/{kind}/answers/200/").status == 503
        assert sent == []
    with stacked(site, "OURS Covers"):
        assert site.get(f"/{kind}/answers/500/").status == 200
    assert sent == ["answered"]


def test_an_exception_is_one_even_if_middleware_below_covers_the_500(site, kind):
    with stacked(site, "OURS Covers"):
        assert site.get(f"/{kind}/raises/ValueError/").status == 200
    assert sent == []


def test_middleware_below_that_fails_drops_what_it_and_the_view_wanted(site, kind):
    with stacked(site, "OURS Fails"):
        assert site.get(f"/{kind}/answers/200/").status == 500
    with stacked(site, "OURS FailsAfterwards"):
        assert site.get(f"/{kind}/answers/200/").status == 500
    assert sent == []
    assert len(scopes) == 2


def test_middleware_above_that_fails_comes_too_late(site, kind):
    with stacked(site, "FailsAfterwards OURS"):
        assert site.get(f"/{kind}/answers/200/").status == 500
    assert sent == ["answered"]


def test_what_middleware_below_wants_goes_out_in_order_with_the_view(site, kind):
    with stacked(site, "OURS Wants"):
        assert site.get(f"/{kind}/answers/200/").status == 200
    assert sent == ["before the view", "answered", "after the view"]


def test_middleware_above_is_outside_the_scope(site, kind):
    with stacked(site, "Wants OURS"):
        assert site.get(f"/{kind}/answers/200/").status == 500
    assert sent == []
