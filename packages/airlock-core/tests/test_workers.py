import logging
from contextlib import contextmanager
from contextvars import ContextVar, copy_context

import pytest

import airlock
from airlock import BlockTasks, Scope
from airlock.integrations.workers import close_leaked, restored

request_id = ContextVar("request_id", default="nothing")


@pytest.fixture
def told(caplog):
    caplog.set_level(logging.ERROR, "airlock")
    return lambda: [record.getMessage() for record in caplog.records]


# What an earlier task has left open


def test_where_nothing_is_open_nothing_is_said(told):
    close_leaked("shop.settle")
    assert told() == []


def test_a_scope_that_is_still_open_is_closed_and_sends_nothing(told, charge, recorder):
    def worker():
        scope = airlock.scope().enter()
        airlock.enqueue(charge)
        close_leaked("shop.settle")
        return scope, airlock.get_current_scope()

    scope, current = copy_context().run(worker)
    assert (scope.is_discarded, current, recorder.calls) == (True, None, [])
    (message,) = told()
    assert message == (
        "A Scope was still open when the task shop.settle started, and is closed now. A task that ran before in this "
        "process has entered it and never left it; use `with`. What it held is not sent: charge."
    )


def test_scopes_inside_each_other_are_all_closed(told):
    def worker():
        scopes = [airlock.scope().enter(), airlock.scope().enter()]
        close_leaked("shop.settle")
        return [scope.is_active for scope in scopes]

    assert copy_context().run(worker) == [False, False]
    assert [message.endswith("What it held is not sent: nothing.") for message in told()] == [True, True]


def test_a_scope_whose_class_objects_is_out_of_the_way_all_the_same(told):
    class Stubborn(Scope):
        def exit(self, error=None):
            raise RuntimeError("never")

    def worker():
        Stubborn().enter()
        close_leaked("shop.settle")
        return airlock.get_current_scope()

    assert copy_context().run(worker) is None
    assert told()[0].startswith("A test_a_scope_whose_class_objects_is_out_of_the_way_all_the_same.<locals>.Stubborn")


def test_a_local_policy_that_is_still_in_force_is_lifted(told, charge):
    def worker():
        airlock.policy(BlockTasks({"charge"})).__enter__()
        close_leaked("shop.settle")
        with airlock.scope() as scope:
            airlock.enqueue(charge)
        return scope.dispatched

    assert [intent.name for intent in copy_context().run(worker)] == ["charge"]
    (message,) = told()
    assert message == (
        "A local policy, or a scope that has ended, was still in force when the task shop.settle started. A task that "
        "ran before in this process has left it so; use `with`."
    )


# What a message carried


class Provider:
    """Puts down what happens to it."""

    def __init__(self, *, at_start=None, at_end=None):
        self.events = []
        self.at_start, self.at_end = at_start, at_end

    def capture(self):
        return None

    @contextmanager
    def restore(self, value):
        if self.at_start:
            raise self.at_start
        self.events.append(f"in {value}")
        try:
            yield
        except BaseException as error:
            self.events.append(type(error).__name__)
            # On purpose: it would swallow it.
        self.events.append("out")
        if self.at_end:
            raise self.at_end


def test_a_variable_is_set_inside_and_reset_afterwards():
    airlock.configure(context={"request_id": request_id})
    with restored({"request_id": "r-1"}):
        assert request_id.get() == "r-1"
    assert request_id.get() == "nothing"


def test_a_provider_restores_inside_and_ends_afterwards():
    provider = Provider()
    airlock.configure(context={"tenant": provider})
    with restored({"tenant": "acme"}):
        assert provider.events == ["in acme"]
    assert provider.events == ["in acme", "out"]


@pytest.mark.parametrize("carried", [None, {}, {"unknown": 1}])
def test_nothing_is_restored_where_nothing_known_was_carried(carried):
    provider = Provider()
    airlock.configure(context={"tenant": provider})
    with restored(carried):
        assert provider.events == []


def test_nothing_is_restored_where_nothing_is_configured():
    with restored({"request_id": "r-1"}):
        assert request_id.get() == "nothing"


def test_providers_are_ended_in_reverse_order():
    events = []

    class Named(Provider):
        @contextmanager
        def restore(self, value):
            events.append(f"in {value}")
            yield
            events.append(f"out {value}")

    airlock.configure(context={"first": Named(), "second": Named()})
    with restored({"second": 2, "first": 1}):
        pass
    assert events == ["in 1", "in 2", "out 2", "out 1"]


def test_what_the_task_raises_reaches_providers_and_none_of_them_can_swallow_it():
    provider = Provider()
    airlock.configure(context={"tenant": provider, "request_id": request_id})
    with pytest.raises(KeyError) as caught, restored({"tenant": "acme", "request_id": "r-1"}):
        raise KeyError("of the task")
    assert provider.events == ["in acme", "KeyError", "out"]
    assert request_id.get() == "nothing"
    assert not hasattr(caught.value, "__notes__")


NOTE = "airlock: raised by the context provider 'tenant', which was to restore a value"


def test_a_provider_that_cannot_restore_fails_the_task_and_what_was_restored_is_undone():
    airlock.configure(context={"request_id": request_id, "tenant": Provider(at_start=LookupError("no such tenant"))})
    with pytest.raises(LookupError) as caught, restored({"request_id": "r-1", "tenant": "gone"}):
        raise AssertionError("the task has run")
    assert caught.value.__notes__ == [NOTE]
    assert request_id.get() == "nothing"


def test_a_provider_that_fails_at_the_end_fails_the_task():
    airlock.configure(context={"tenant": Provider(at_end=LookupError("no such tenant"))})
    with pytest.raises(LookupError) as caught, restored({"tenant": "acme"}):
        pass
    assert caught.value.__notes__ == [NOTE]


def test_a_provider_that_raises_what_the_task_raised_is_not_blamed():
    class Honest(Provider):
        @contextmanager
        def restore(self, value):
            yield

    class Raising:
        def __enter__(self): ...

        def __exit__(self, kind, error, traceback):
            raise error

    provider = Honest()
    provider.restore = lambda value: Raising()
    airlock.configure(context={"tenant": provider})
    with pytest.raises(KeyError) as caught, restored({"tenant": "acme"}):
        raise KeyError("of the task")
    assert not hasattr(caught.value, "__notes__")


def test_what_is_no_mapping_is_refused():
    airlock.configure(context={"request_id": request_id})
    with pytest.raises(TypeError, match="carries a mapping as its context"):
        restored(["request_id"])


def test_an_execution_that_is_given_up_elsewhere_leaves_the_variable_there_alone():
    airlock.configure(context={"request_id": request_id})

    def steps():
        with restored({"request_id": "r-1"}):
            yield

    execution = steps()
    copy_context().run(next, execution)
    execution.close()
    assert request_id.get() == "nothing"


def test_a_scope_inside_flushes_with_it_and_a_scope_is_not_carried(charge):
    airlock.configure(context={"request_id": request_id})
    seen = []
    with restored({"request_id": "r-1"}), airlock.scope(executor=lambda intent: seen.append(request_id.get())):
        assert airlock.get_current_scope().parent is None
        intent = airlock.enqueue(charge)
    assert (seen, intent.context) == (["r-1"], {"request_id": "r-1"})
