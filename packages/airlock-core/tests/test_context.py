import math
import re
import tracemalloc
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum

import pytest

import airlock
from airlock import DropAll, Intent, Origin

request_id = ContextVar("request_id")
tenant = ContextVar("tenant", default="nobody")


class Tenant:
    """A provider that is more than a variable."""

    def capture(self):
        return None if tenant.get() == "nobody" else {"name": tenant.get()}

    @contextmanager
    def restore(self, value):
        token = tenant.set(value["name"])
        yield
        tenant.reset(token)


@pytest.fixture(autouse=True)
def alone():
    """Leave no value behind."""
    tokens = [request_id.set("before"), tenant.set("nobody")]
    yield
    tenant.reset(tokens[1])
    request_id.reset(tokens[0])


@pytest.fixture
def configured():
    airlock.configure(context={"request_id": request_id, "tenant": Tenant()})


class Colour(StrEnum):
    RED = "red"


def enqueued(task=print):
    """Return an intent that nobody dispatches."""
    with airlock.scope(DropAll()):
        return airlock.enqueue(task)


# Capturing


def test_an_intent_carries_nothing_unless_something_is_configured(charge):
    assert enqueued(charge).context == {}


@pytest.mark.usefixtures("configured")
def test_an_intent_carries_what_its_line_had(charge):
    request_id.set("r-1")
    tenant.set("acme")
    intent = enqueued(charge)
    request_id.set("r-2")
    assert intent.context == {"request_id": "r-1", "tenant": {"name": "acme"}}


@pytest.mark.usefixtures("configured")
def test_what_is_carried_is_read_only(charge):
    with pytest.raises(TypeError):
        enqueued(charge).context["request_id"] = "another"


def test_a_variable_that_is_not_set_is_not_carried_whatever_its_default():
    airlock.configure(context={"unset": ContextVar("unset", default="default")})
    assert enqueued().context == {}


@pytest.mark.usefixtures("configured")
def test_a_provider_that_has_nothing_is_not_carried():
    assert enqueued().context == {"request_id": "before"}


def test_a_variable_that_is_set_to_none_is_carried():
    airlock.configure(context={"request_id": request_id})
    request_id.set(None)
    assert enqueued().context == {"request_id": None}


def test_what_is_changed_later_is_not_carried():
    airlock.configure(context={"request_id": request_id})
    roles = {"roles": ["clerk"]}
    request_id.set(roles)
    intent = enqueued()
    roles["roles"].append("admin")
    assert intent.context == {"request_id": {"roles": ["clerk"]}}


@pytest.mark.parametrize(
    "value", ["é", "", 0, -(2**63), 2**63 - 1, 1.5, True, None, [], [1, ["two", None]], {}, {"a": {"b": [False]}}]
)
def test_what_json_carries_unchanged_is_carried(value):
    airlock.configure(context={"request_id": request_id})
    request_id.set(value)
    assert enqueued().context == {"request_id": value}


SELF = []
SELF.append(SELF)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ((1, 2), "(1, 2), of type tuple"),
        ({1}, "{1}, of type set"),
        (b"bytes", "of type bytes"),
        (Colour.RED, "of type Colour"),
        (2**63, "of type int"),
        (math.nan, "nan, of type float"),
        (math.inf, "inf, of type float"),
        ("\ud800", "no valid Unicode"),
        ({1: "one"}, "a dict with the key 1, of type int"),
        ({"\ud800": "one"}, "no valid Unicode"),
        ([{"deep": object()}], "of type object"),
        (SELF, "nested without an end"),
    ],
)
def test_what_json_does_not_carry_unchanged_is_refused_at_the_line(value, why, charge):
    airlock.configure(context={"request_id": request_id})
    request_id.set(value)
    with airlock.scope(DropAll()) as scope:
        with pytest.raises(TypeError, match=rf"'request_id', asked for an intent of charge,.*{re.escape(why)}"):
            airlock.enqueue(charge)
        assert scope.intents == []


def test_what_a_provider_raises_says_whose_it_is_and_nothing_is_buffered(charge):
    class Broken(Tenant):
        def capture(self):
            raise KeyError("tenant")

    airlock.configure(context={"tenant": Broken()})
    with airlock.scope(DropAll()) as scope:
        with pytest.raises(KeyError) as caught:
            airlock.enqueue(charge)
        assert scope.intents == []
    assert caught.value.__notes__ == ["airlock: raised by the context provider 'tenant', asked for an intent of charge"]


@pytest.mark.usefixtures("configured")
def test_policies_see_what_an_intent_carries(charge):
    class Only:
        def on_enqueue(self, intent): ...

        def allows(self, intent):
            return intent.context["request_id"] == "r-1"

    with airlock.scope(Only(), executor=lambda intent: None) as scope:
        airlock.enqueue(charge)
        request_id.set("r-1")
        wanted = airlock.enqueue(charge)
    assert scope.dispatched == [wanted]


@pytest.mark.usefixtures("configured")
def test_options_and_captured_scopes_keep_what_is_carried(charge):
    with airlock.scope(DropAll()), airlock.scope():
        intent = airlock.options(countdown=1).enqueue(charge)
    assert (intent.context["request_id"], intent.dispatch_options["countdown"]) == ("before", 1)


@pytest.mark.usefixtures("configured")
def test_the_origin_is_kept_beside_what_is_carried(charge):
    airlock.configure(capture_origin=True)
    intent = enqueued(charge)
    assert intent.origin.function == "enqueued"
    assert intent.context == {"request_id": "before"}


def test_an_intent_is_built_with_what_it_carries():
    origin = Origin("shop.py", 3, "checkout")
    intent = Intent(print, origin=origin, context={"tenant": "acme"})
    assert (intent.context, intent.origin) == ({"tenant": "acme"}, origin)


def test_many_intents_of_one_request_hold_what_they_carry_once(configured):
    request_id.set("r-1")
    tracemalloc.start()
    with airlock.scope(DropAll()) as scope:
        airlock.enqueue(print)
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(100):
            airlock.enqueue(print)
        held = tracemalloc.get_traced_memory()[0] - before
        request_id.set("r-2")
        airlock.enqueue(print)
    tracemalloc.stop()
    assert held < 100 * 300
    assert [scope.intents[at].context["request_id"] for at in (0, 50, -1)] == ["r-1", "r-1", "r-2"]


def test_values_that_are_equal_and_not_the_same_are_kept_apart():
    airlock.configure(context={"request_id": request_id})
    found = []
    for value in (1, True, 1.0):
        request_id.set(value)
        found.append(enqueued().context["request_id"])
    assert [type(value) for value in found] == [int, bool, float]


# Configuring


def test_the_configuration_shows_the_providers_and_is_no_way_to_change_them(configured):
    found = airlock.get_configuration().context
    assert list(found) == ["request_id", "tenant"]
    with pytest.raises(TypeError):
        found["more"] = request_id


@pytest.mark.usefixtures("configured")
def test_an_empty_mapping_ends_the_capturing():
    airlock.configure(context={})
    assert enqueued().context == {}


@pytest.mark.parametrize(
    ("context", "why"),
    [
        ([request_id], "context is a mapping"),
        (None, "context is a mapping"),
        ({1: request_id}, "names as keys"),
        ({"tenant": Tenant}, r"is a class, not a provider; write Tenant\(\)"),
        ({"tenant": "acme"}, "'acme', which is no provider"),
        ({"tenant": object()}, r"has the methods capture\(\) and restore\(value\)"),
    ],
)
def test_what_is_no_provider_is_refused(context, why):
    with pytest.raises(TypeError, match=why):
        airlock.configure(context=context)
