"""What AIRLOCK says is in force, for as long as it says so."""

from contextvars import ContextVar

import pytest
from django.test import modify_settings, override_settings

import airlock
from airlock.integrations.django._configured import source_of


def record(intent):
    """An executor."""


class Quiet(airlock.DropAll):
    """A policy."""


class Patient(airlock.Scope):
    """A class of scopes."""

    def __init__(self, policy=None, *, executor=None, patience=1):
        super().__init__(policy, executor=executor)
        self.patience = patience


class Tenant:
    """A provider."""

    def capture(self):
        return None

    def restore(self, value):
        raise NotImplementedError


class Holder:
    quiet = Quiet()


QUIET = Quiet()
REQUEST_ID = ContextVar("request_id")
LIMIT = airlock.LimitIntents(3)


def configured(**keys):
    """Return what is in force while AIRLOCK has these keys."""
    with override_settings(AIRLOCK=keys):
        return airlock.get_configuration()


@pytest.fixture(autouse=True)
def unchanged():
    before = airlock.get_configuration()
    yield
    assert airlock.get_configuration() == before


@pytest.mark.parametrize("executor", ["sync", "auto"])
def test_an_executor_may_be_a_short_name(executor):
    assert configured(EXECUTOR=executor).executor == executor


@pytest.mark.parametrize("executor", [record, f"{__name__}.record"], ids=["object", "path"])
def test_an_executor_may_be_itself_or_a_dotted_path(executor):
    assert configured(EXECUTOR=executor).executor is record


@pytest.mark.parametrize("provider", [REQUEST_ID, f"{__name__}.REQUEST_ID"], ids=["object", "path"])
def test_what_travels_may_be_itself_or_a_dotted_path(provider):
    assert configured(CONTEXT={"request_id": provider}).context == {"request_id": REQUEST_ID}


@pytest.mark.parametrize("provider", [Tenant, f"{__name__}.Tenant"], ids=["class", "path"])
def test_a_provider_may_be_a_class_that_is_instantiated(provider):
    assert type(configured(CONTEXT={"tenant": provider}).context["tenant"]) is Tenant


def test_what_the_context_says_is_carried_and_restored():
    seen = []
    with override_settings(AIRLOCK={"CONTEXT": {"request_id": REQUEST_ID}}), airlock.scope(_cls=airlock.Scope):
        token = REQUEST_ID.set("r-1")
        intent = airlock.enqueue(lambda: seen.append(REQUEST_ID.get()))
        REQUEST_ID.reset(token)
    assert (intent.context, seen) == ({"request_id": "r-1"}, ["r-1"])


@pytest.mark.parametrize("policy", [QUIET, f"{__name__}.QUIET"], ids=["object", "path"])
def test_a_policy_may_be_itself_or_a_dotted_path(policy):
    assert configured(POLICY=policy).policy is QUIET


@pytest.mark.parametrize("policy", [airlock.DropAll, "airlock.DropAll"], ids=["class", "path"])
def test_a_policy_may_be_a_class_that_is_instantiated(policy):
    assert type(configured(POLICY=policy).policy) is airlock.DropAll


def test_a_dotted_path_may_end_in_a_class():
    assert configured(POLICY=f"{__name__}.Holder.quiet").policy is Holder.quiet


@pytest.mark.parametrize("scope", [Patient, f"{__name__}.Patient"], ids=["class", "path"])
def test_a_class_of_scopes_may_be_itself_or_a_dotted_path(scope):
    assert configured(SCOPE=scope).scope_cls is Patient


def test_scopes_are_built_with_the_configured_keywords():
    with override_settings(AIRLOCK={"SCOPE": Patient, "SCOPE_KWARGS": {"patience": 7}}):
        assert airlock.scope().patience == 7


def test_using_is_given_to_every_scope():
    assert configured(USING="other", SCOPE_KWARGS={}).scope_kwargs == {"using": "other"}


def test_without_settings_scopes_are_django_scopes():
    from airlock.integrations.django import DjangoScope

    assert configured().scope_cls is DjangoScope
    assert isinstance(airlock.scope(), DjangoScope)


@pytest.mark.parametrize("debug", [True, False])
def test_origins_are_captured_where_debug_is_on(debug):
    with override_settings(DEBUG=debug):
        assert airlock.get_configuration().capture_origin is debug


def test_whether_origins_are_captured_may_be_set_whatever_debug_is():
    assert configured(CAPTURE_ORIGIN=True).capture_origin is True
    with override_settings(DEBUG=True):
        assert configured(CAPTURE_ORIGIN=False).capture_origin is False


def test_a_key_that_is_none_counts_as_not_given():
    assert configured(EXECUTOR=None, POLICY=None, SCOPE=None, USING=None) == airlock.get_configuration()


def test_overrides_nest_and_end_in_turn():
    with override_settings(AIRLOCK={"POLICY": QUIET, "EXECUTOR": record}):
        outer = airlock.get_configuration()
        with override_settings(AIRLOCK={"POLICY": LIMIT}):
            inner = airlock.get_configuration()
        assert airlock.get_configuration() == outer
    assert (outer.policy, outer.executor) == (QUIET, record)
    assert (inner.policy, inner.executor) == (LIMIT, None)


def test_one_key_may_be_overridden_with_modify_settings():
    with override_settings(AIRLOCK={"POLICY": QUIET}), modify_settings(INSTALLED_APPS={"remove": ["no.app"]}):
        assert airlock.get_configuration().policy is QUIET


def test_what_the_program_configures_outlives_an_override_that_is_silent_about_it():
    before = airlock.get_configuration()
    airlock.configure(executor=record)
    try:
        inside = configured(POLICY=QUIET)
        assert (inside.policy, inside.executor) == (QUIET, record)
        assert airlock.get_configuration().executor is record
    finally:
        airlock.configure(**before._asdict())


def test_an_override_wins_over_what_the_program_configured_and_gives_it_back():
    before = airlock.get_configuration()
    airlock.configure(policy=LIMIT)
    try:
        assert configured(POLICY=QUIET).policy is QUIET
        assert airlock.get_configuration().policy is LIMIT
    finally:
        airlock.configure(**before._asdict())


def test_what_is_configured_during_an_override_ends_with_it():
    with override_settings(AIRLOCK={"POLICY": QUIET}):
        airlock.configure(executor=record)
    assert airlock.get_configuration().executor is not record


def test_apps_that_are_loaded_again_are_configured_once():
    from django.conf import settings

    with override_settings(AIRLOCK={"POLICY": QUIET}):
        with override_settings(INSTALLED_APPS=settings.INSTALLED_APPS):
            assert airlock.get_configuration().policy is QUIET


def test_where_a_value_comes_from_is_known():
    with override_settings(AIRLOCK={"POLICY": QUIET, "USING": "other"}, DEBUG=True):
        airlock.configure(executor=record)
        sources = {option: source_of(option) for option in ("policy", "executor", "scope_cls", "capture_origin")}
        kwargs = source_of("scope_kwargs")
    assert sources == {
        "policy": "AIRLOCK['POLICY']",
        "executor": "airlock.configure()",
        "scope_cls": "default",
        "capture_origin": "DEBUG",
    }
    assert kwargs == "AIRLOCK['USING']"
