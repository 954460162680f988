"""Where AirlockMiddleware belongs, and what happens where it does not stand there."""

import pytest
from django.core import checks
from django.http import HttpResponse, HttpResponseRedirect
from django.test import RequestFactory, override_settings
from django.urls import path

import airlock
from airlock.integrations.django import AirlockMiddleware, _checks
from airlock.integrations.django._checks_middleware import PATH

sent = []


def view(request):
    airlock.enqueue(sent.append, "effect")
    raise ValueError("the view failed")


urlpatterns = [path("", view)]


class Base:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)


class Redirecting(Base):
    """Sends people elsewhere when a view fails, as middleware for logins does."""

    def process_exception(self, request, exception):
        if isinstance(exception, ValueError):
            return HttpResponseRedirect("/sorry")
        return None


class Apologising(Base):
    """Makes a page when a view fails."""

    def process_exception(self, request, exception):
        return HttpResponse("sorry")


class Reporting(Base):
    """Tells somebody when a view fails."""

    def process_exception(self, request, exception):
        self.last = exception
        if exception.args:
            return


class Derived(AirlockMiddleware):
    """Ours, changed."""


class Builtin(Base):
    """Answers with a function that has no source in Python."""

    process_exception = max


def named(*classes):
    return [f"{__name__}.{each.__name__}" if isinstance(each, type) else each for each in classes]


def messages(*middleware, **settings):
    with override_settings(MIDDLEWARE=named(*middleware), ROOT_URLCONF=__name__, **settings):
        return checks.run_checks(tags=[_checks.TAG])


def serve(*middleware):
    """Answer a request with Django's own handler, and return the response and what was sent."""
    from django.core.handlers.wsgi import WSGIHandler

    sent.clear()
    with override_settings(MIDDLEWARE=named(*middleware), ROOT_URLCONF=__name__):
        response = WSGIHandler().get_response(RequestFactory().get("/"))
    return response.status_code, list(sent)


@pytest.mark.parametrize(("other", "status"), [(Redirecting, 302), (Apologising, 200)])
def test_effects_of_a_failed_view_go_out_where_another_answers_for_it_below_ours_and_that_is_warned_of(other, status):
    assert serve(PATH, other) == (status, ["effect"])
    (warning,) = messages(PATH, other)
    assert warning.id == "airlock.W002"
    assert warning.msg.startswith(f"'{__name__}.{other.__name__}' is below AirlockMiddleware in MIDDLEWARE")
    assert warning.hint == f"Move '{PATH}' below it."


@pytest.mark.parametrize(("other", "status"), [(Redirecting, 302), (Apologising, 200)])
def test_effects_of_a_failed_view_are_held_back_where_another_answers_for_it_above_ours(other, status):
    assert serve(other, PATH) == (status, [])
    assert messages(other, PATH) == []


def test_one_below_ours_that_leaves_the_answer_to_others_does_no_harm(caplog):
    assert serve(PATH, Reporting) == (500, [])
    assert messages(PATH, Reporting) == []


def test_one_whose_source_is_not_there_is_warned_of():
    assert [warning.id for warning in messages(PATH, Builtin)] == ["airlock.W002"]


def test_each_that_is_below_ours_is_named():
    assert len(messages(Reporting, PATH, Redirecting, Apologising)) == 2


def test_a_project_with_pages_and_without_ours_is_warned():
    (warning,) = messages(Reporting)
    assert warning.id == "airlock.W001"
    assert PATH in warning.hint


def test_a_project_without_pages_needs_none():
    with override_settings(MIDDLEWARE=[]):
        assert checks.run_checks(tags=[_checks.TAG]) == []


def test_a_class_derived_from_ours_counts():
    assert messages(Derived) == []


@pytest.mark.parametrize("second", [PATH, Derived], ids=["itself", "derived"])
def test_ours_twice_is_an_error_that_says_where(second):
    (error,) = messages(PATH, Reporting, second)
    assert error.id == "airlock.E010"
    assert error.is_serious()
    assert f"'{PATH}' at 1 and '" in error.msg
    assert error.msg.endswith(" at 3.")


def test_one_that_cannot_be_imported_is_left_to_django():
    assert messages(PATH, "no.such.Middleware") == []
