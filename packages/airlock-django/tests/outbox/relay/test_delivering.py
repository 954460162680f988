"""Handing intents to executors: how many were accepted is known exactly, whatever these do."""

import pytest

import airlock
from airlock.integrations.django.outbox._deliver import deliver


def task():
    """Do nothing."""


def intents(count):
    return [airlock.Intent(task, (number,)) for number in range(count)]


class Many:
    """Accepts so many, then does something else."""

    def __init__(self, accepts, then=None):
        self.accepts = accepts
        self.then = then
        self.given = []
        self.closed = 0

    def __call__(self, intent):
        raise AssertionError("it takes many")

    def dispatch_many(self, batch):
        self.given.append([intent.args[0] for intent in batch])
        try:
            yield from batch[: self.accepts]
            if self.then is not None:
                raise self.then
        finally:
            self.closed += 1


def test_everything_that_is_accepted_is_counted_and_handed_over_in_batches():
    executor = Many(2)
    assert deliver(executor, intents(5), most=2) == (5, None, False)
    assert executor.given == [[0, 1], [2, 3], [4]]


def test_where_an_executor_routes_each_run_is_handed_over_to_who_takes_it():
    many = Many(9)
    asked = []

    class Routing:
        unavailable = (ValueError,)

        def route(self, intent):
            return asked.append if intent.args[0] in (2, 3) else many

        def dispatch_many(self, batch):
            raise AssertionError("it is left to who takes them")

    assert deliver(Routing(), intents(6)) == (6, None, False)
    assert many.given == [[0, 1], [4, 5]]
    assert [intent.args[0] for intent in asked] == [2, 3]
    assert deliver(Routing(), intents(6), lambda count: count < 3).sent == 3


def test_what_raises_after_the_last_was_accepted_is_no_failure_of_any(caplog):
    assert deliver(Many(3, ValueError()), intents(3)) == (3, None, False)
    assert "raised ValueError after it had accepted everything" in caplog.text


@pytest.mark.parametrize("error", [SystemExit(), KeyboardInterrupt(), ValueError()])
def test_the_intent_that_comes_after_those_accepted_has_failed(error):
    executor = Many(1, error)
    sent, found, unavailable = deliver(executor, intents(2))
    assert (sent, found, unavailable) == (1, error, False)


def test_an_executor_that_ends_early_has_not_accepted_the_rest():
    sent, error, _ = deliver(Many(0), intents(1))
    assert sent == 0
    assert "ended after 0 of 1 intents" in str(error)


def test_an_executor_that_accepts_more_than_it_was_given_is_told_so_in_the_log(caplog):
    class Generous(Many):
        def dispatch_many(self, batch):
            yield from (*batch, None)

    assert deliver(Generous(1), intents(1)) == (1, None, False)
    assert "UsageError" in caplog.text


def test_a_batch_that_was_begun_is_finished_although_it_is_time_to_stop():
    executor = Many(10)
    assert deliver(executor, intents(4), lambda count: False, most=2) == (2, None, False)
    assert executor.given == [[0, 1]]


def test_one_by_one_it_stops_after_the_intent_in_hand():
    sent = []
    assert deliver(sent.append, intents(4), lambda count: count < 2) == (2, None, False)
    assert [intent.args[0] for intent in sent] == [0, 1]


def test_an_executor_that_performs_tasks_stops_after_the_one_in_hand():
    executor = airlock._executors.find_executor("sync")
    performed = []
    calls = [airlock.Intent(performed.append, (number,)) for number in range(4)]
    assert deliver(executor, calls, lambda count: count < 2) == (2, None, False)
    assert performed == [0, 1]


def test_a_task_that_fails_while_it_is_performed_is_not_performed_again():
    performed = []

    def fail(number):
        performed.append(number)
        raise ValueError

    executor = airlock._executors.find_executor("sync")
    sent, error, _ = deliver(executor, [airlock.Intent(fail, (number,)) for number in range(3)])
    assert (sent, type(error)) == (0, ValueError)
    assert performed == [0]


def test_a_backend_that_is_down_is_told_from_a_bad_intent():
    executor = Many(1, ConnectionError())
    executor.unavailable = (ConnectionError,)
    sent, error, unavailable = deliver(executor, intents(3))
    assert (sent, type(error), unavailable) == (1, ConnectionError, True)
    assert executor.closed == 1


def test_what_is_asked_between_intents_is_not_taken_for_a_failure_of_the_executor():
    def ask(count):
        raise LookupError

    executor = Many(3)
    with pytest.raises(LookupError):
        deliver(executor, intents(3), ask)
    assert executor.closed == 1
