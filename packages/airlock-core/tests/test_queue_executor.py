import json
from functools import partial

import pytest

import airlock
from airlock import InvalidIntentError, Scope
from airlock.integrations.executors import QueueExecutor, mark_uncertain


class Task:
    def __init__(self, function):
        self.func = function

    def __call__(self, *args, **kwargs):
        return self.func(*args, **kwargs)


class ListExecutor(QueueExecutor[str]):
    """A queue that is a list of JSON texts."""

    kind = "tasks of the list"
    options = ("countdown", "queue")
    unavailable = (ConnectionError,)

    def __init__(self):
        self.messages = []

    def accepts(self, task):
        return isinstance(task, Task)

    def prepare(self, intent):
        if intent.dispatch_options.get("countdown", 0) < 0:
            raise ValueError("countdown is negative")
        return json.dumps([intent.name, intent.args, dict(intent.kwargs)])

    def send(self, batch):
        for prepared in batch:
            self.messages.append(prepared.message)
            yield f"message {len(self.messages)}"

    def serialise(self, intent, value):
        return json.dumps(value)


@Task
def ship(order, *, express=False):
    return order, express


@pytest.fixture
def executor():
    return ListExecutor()


def test_a_batch_is_sent_in_order_and_its_handles_are_kept(executor):
    with airlock.scope(executor=executor) as scope:
        intents = [airlock.enqueue(ship, 1), airlock.enqueue(ship, 2, express=True)]
        assert executor.messages == []
    assert executor.messages == ['["ship", [1], {}]', '["ship", [2], {"express": true}]']
    assert scope.results == dict(zip(intents, ["message 1", "message 2"], strict=True))


def test_one_intent_is_sent_as_a_batch_of_one(executor):
    assert executor(airlock.Intent(ship, (1,))) == "message 1"


def refused(executor, *arguments, **keywords):
    """Enqueue a good intent and a bad one, and return the error: nothing of the two was sent."""
    scope = Scope(executor=executor)
    with pytest.raises(InvalidIntentError) as caught, scope:
        airlock.enqueue(ship, 1)
        bad = airlock.enqueue(*arguments, **keywords)
    assert executor.messages == []
    assert len(scope.undispatched) == 2
    assert caught.value.intent is bad
    assert isinstance(caught.value, TypeError)
    return str(caught.value)


def test_a_task_of_another_kind_is_refused_and_the_error_names_auto(executor):
    message = refused(executor, print, 1)
    assert message.startswith("ListExecutor takes tasks of the list, and print(1) is none: <built-in function print>")
    assert "'auto'" in message


def test_an_unknown_option_is_refused_with_the_close_match(executor):
    message = refused(executor, ship, 1, _dispatch_options={"countdow": 5})
    assert message == "ListExecutor has no option 'countdow' (did you mean 'countdown'?), for ship(1)"


def test_an_unknown_option_like_no_other_is_refused_with_the_list(executor):
    message = refused(executor, ship, 1, _dispatch_options={"zzz": 5})
    assert "has no option 'zzz' (it has countdown, queue)" in message
    executor.options = ()
    assert "(it has none)" in refused(executor, ship, 1, _dispatch_options={"zzz": 5})


def test_a_wrong_value_of_an_option_is_refused_with_the_reason(executor):
    message = refused(executor, ship, 1, _dispatch_options={"countdown": -5})
    assert message == "ListExecutor cannot send ship(1): ValueError: countdown is negative"


@pytest.mark.parametrize(
    ("arguments", "keywords", "culprit"),
    [
        (({1},), {}, "argument 'order' is {1}"),
        ((1,), {"express": {2}}, "argument 'express' is {2}"),
        ((1, {3}), {}, "argument 2 is {3}"),
    ],
)
def test_an_argument_that_cannot_be_serialised_is_named(executor, arguments, keywords, culprit):
    assert culprit in refused(executor, ship, *arguments, **keywords)


@pytest.mark.parametrize("unknown", [min, type])
def test_an_argument_of_a_task_without_a_known_signature_is_numbered(executor, unknown):
    executor.accepts = lambda task: True
    assert "argument 1 is {4}" in refused(executor, Task(unknown), {4})
    assert "argument 1 is {4}" in refused(executor, unknown, {4})
    assert "argument 1 is {4}" in refused(executor, partial(ship.func, 1), {4})


def test_an_error_that_the_executor_has_explained_is_passed_on(executor):
    def prepare(intent):
        raise InvalidIntentError("no such queue", intent=intent)

    good = executor.prepare
    executor.prepare = lambda intent: good(intent) if intent.args == (1,) else prepare(intent)
    assert refused(executor, ship, 2) == "no such queue"


def test_a_batch_is_bad_by_one_intent_and_a_persistent_scope_sends_the_others(executor):
    class Persistent(Scope):
        stop_on_failure = False

    scope = Persistent(executor=executor)
    with pytest.raises(ExceptionGroup), scope:
        airlock.enqueue(ship, 1)
        bad = airlock.enqueue(ship, {2})
        airlock.enqueue(ship, 3)
    assert executor.messages == ['["ship", [1], {}]', '["ship", [3], {}]']
    assert scope.undispatched == [bad]


def test_what_may_have_arrived_is_marked_on_the_error(executor):
    def send(batch):
        yield "message 1"
        error = ConnectionError("cut")
        mark_uncertain(error, [prepared.intent for prepared in batch[1:]])
        raise error

    executor.send = send
    scope = Scope(executor=executor)
    with pytest.raises(ConnectionError), scope:
        for number in range(3):
            airlock.enqueue(ship, number)
    assert [intent.args for intent in scope.dispatched] == [(0,)]
    assert scope.uncertain == scope.undispatched == scope.intents[1:]


def test_performing_runs_the_task_here(executor):
    assert executor.perform(airlock.Intent(ship, (1,), {"express": True})) == (1, True)
    assert executor.messages == []
    assert QueueExecutor.serialise(executor, airlock.Intent(ship), 1) == 1


class ShyExecutor(ListExecutor):
    """A queue whose tasks are plain functions, which nothing tells from those to run here."""

    def accepts(self, task):
        return False

    def takes(self, task):
        return callable(task)

    def advice(self, option):
        return "there is no delay" if option == "eta" else ""


def test_a_queue_may_take_tasks_that_auto_does_not_route_to_it():
    executor = ShyExecutor()
    with airlock.scope(executor=executor):
        airlock.enqueue(print, 1)
    assert executor.messages == ['["print", [1], {}]']


def test_a_queue_may_say_what_to_do_instead_of_giving_an_option():
    with pytest.raises(InvalidIntentError, match=r"ShyExecutor has no option 'eta' \(there is no delay\), for print"):
        ShyExecutor()(airlock.Intent(print, dispatch_options={"eta": 5}))
    with pytest.raises(InvalidIntentError, match=r"did you mean 'countdown'\?"):
        ShyExecutor()(airlock.Intent(print, dispatch_options={"countdwn": 5}))
