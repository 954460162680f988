from functools import partial
from unittest.mock import ANY

import pytest

import airlock
from airlock import AirlockError
from airlock.testing import EffectsAssertionError, capture


def charge(order): ...


def send_receipt(order_id, copy=False, *, to="customer"): ...


def pack(*items, **options): ...


class QueueTask:
    """A queue's task object, which is not to be called."""

    def __init__(self, function, name, takes_context=False):
        self.fn = function
        self.name = name
        self.takes_context = takes_context

    def __call__(self):
        raise AssertionError("the queue's worker runs this")

    def with_options(self):
        return QueueTask(self.fn, self.name, self.takes_context)


@pytest.fixture
def effects():
    with capture() as effects:
        yield effects


def test_the_intent_that_was_expected_is_returned(effects):
    intent = airlock.enqueue(charge, 41)
    airlock.enqueue(charge, 41)
    assert effects.assert_enqueued_with(charge, 41) is intent


def test_other_arguments_are_a_failure_that_holds_the_recording(effects):
    airlock.enqueue(charge, 41)
    with pytest.raises(EffectsAssertionError) as info:
        effects.assert_enqueued_with(charge, 42)
    assert isinstance(info.value, AssertionError)
    assert isinstance(info.value, AirlockError)
    assert info.value.recording is effects
    assert info.value.task is charge


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [
        ((41,), {}),
        ((), {"order_id": 41}),
        ((41, False), {}),
        ((41,), {"to": "customer"}),
        ((), {"copy": False, "order_id": 41, "to": "customer"}),
    ],
)
def test_every_spelling_of_a_call_is_the_same(effects, args, kwargs):
    airlock.enqueue(send_receipt, *args, **kwargs)
    effects.assert_enqueued_with(send_receipt, 41)
    effects.assert_enqueued_with(send_receipt, order_id=41, copy=False)


def test_variable_arguments_are_compared_one_by_one(effects):
    airlock.enqueue(pack, "book", "pen", gift=True)
    effects.assert_enqueued_with(pack, "book", ANY, gift=True)
    with pytest.raises(EffectsAssertionError, match=r"items\[1\]: 'pen' != 'ink'"):
        effects.assert_enqueued_with(pack, "book", "ink", gift=True)


def test_arguments_that_do_not_fit_the_task_are_compared_as_they_are(effects):
    airlock.enqueue(charge, 1, 2)
    effects.assert_enqueued_with(charge, 1, 2)
    with pytest.raises(EffectsAssertionError, match=r"args\[1\]: 2 != 3"):
        effects.assert_enqueued_with(charge, 1, 3)


def test_a_task_without_a_signature_is_compared_as_it_is(effects):
    airlock.enqueue(dict.fromkeys, "ab")
    airlock.enqueue(type, 1)
    effects.assert_enqueued_with(type, 1)
    with pytest.raises(EffectsAssertionError, match=r"args\[0\]: 1 != 2"):
        effects.assert_enqueued_with(type, 2)


def test_what_a_partial_holds_is_not_an_argument(effects):
    receipt = partial(send_receipt, 41)
    airlock.enqueue(receipt, True)
    effects.assert_enqueued_with(receipt, copy=True)
    effects.assert_enqueued(send_receipt)


def test_the_signature_of_a_queues_task_is_that_of_its_function(effects):
    task = QueueTask(send_receipt, "shop.send_receipt")
    airlock.enqueue(task, 41)
    effects.assert_enqueued_with(task, order_id=41)


def test_the_method_that_a_worker_runs_knows_the_signature(effects):
    class Report:
        name = "report"

        def __call__(self, *args, **kwargs):
            raise AssertionError("the queue's worker runs this")

        def run(self, month, year=2026): ...

    report = Report()
    airlock.enqueue(report, 3)
    effects.assert_enqueued_with(report, year=2026, month=3)


def test_a_callable_object_is_called_as_its_class_says(effects):
    class Report:
        def __call__(self, month, year=2026): ...

    report = Report()
    airlock.enqueue(report, 3)
    effects.assert_enqueued_with(report, year=2026, month=3)


def test_the_context_that_a_worker_gives_is_not_an_argument(effects):
    def report(context, month): ...

    task = QueueTask(report, "report", takes_context=True)
    airlock.enqueue(task, 3)
    effects.assert_enqueued_with(task, month=3)


def test_a_queues_task_whose_function_is_not_known_is_compared_as_it_is(effects):
    task = QueueTask(None, "report")
    airlock.enqueue(task, 3)
    effects.assert_enqueued_with(task, 3)


def test_anything_may_decide_what_it_is_equal_to(effects):
    class Positive:
        def __eq__(self, other):
            return other > 0

    airlock.enqueue(send_receipt, 41, to=["me", "you"])
    effects.assert_enqueued_with(send_receipt, Positive(), to=["me", ANY])


def test_what_cannot_be_compared_is_the_same_object_or_another(effects):
    class Array:
        def __eq__(self, other):
            raise ValueError("ambiguous")

    array = Array()
    airlock.enqueue(charge, array)
    effects.assert_enqueued_with(charge, array)
    with pytest.raises(EffectsAssertionError):
        effects.assert_enqueued_with(charge, Array())


def test_options_are_compared_if_they_are_given(effects):
    airlock.options(queue="mail", countdown=5).enqueue(charge, 1)
    effects.assert_enqueued_with(charge, 1)
    effects.assert_enqueued_with(charge, 1, _dispatch_options={"queue": "mail", "countdown": ANY})
    with pytest.raises(EffectsAssertionError, match="option countdown: 5, not expected"):
        effects.assert_enqueued_with(charge, 1, _dispatch_options={"queue": "mail"})


def test_a_task_may_have_a_parameter_of_any_name(effects):
    def work(task, self=None): ...

    airlock.enqueue(work, task=1, self=2)
    effects.assert_enqueued_with(work, task=1, self=2)


@pytest.mark.parametrize("name", ["send_receipt", f"{__name__}:send_receipt", f"{__name__}.send_receipt", send_receipt])
def test_a_task_is_named_in_any_way(effects, name):
    intent = airlock.enqueue(send_receipt, 41)
    assert effects.of(name) == [intent]
    assert effects.assert_enqueued_with(name, order_id=41) is intent
    assert effects.assert_enqueued(name) == [intent]
    with pytest.raises(EffectsAssertionError):
        effects.assert_not_enqueued(name)
    effects.assert_nothing_enqueued(except_=name)


def test_a_queues_task_is_named_by_the_name_that_the_queue_gave_it(effects):
    airlock.enqueue(QueueTask(charge, "billing.charge-card"), 1)
    effects.assert_enqueued("billing.charge-card")
    effects.assert_enqueued("charge-card")


def test_an_intent_is_named_by_the_name_it_was_given(effects):
    airlock.enqueue(charge, 1, _name="refund")
    effects.assert_enqueued("refund")


def test_a_queues_task_with_other_options_is_the_same_task(effects):
    task = QueueTask(charge, "charge")
    airlock.enqueue(task.with_options(), 1)
    effects.assert_enqueued_with(task, 1)


def test_another_task_of_the_same_queue_is_another_task(effects):
    airlock.enqueue(QueueTask(charge, "charge"), 1)
    effects.assert_not_enqueued(QueueTask(send_receipt, "charge"))
    effects.assert_not_enqueued(charge)


def test_a_method_is_a_task_of_its_object(effects):
    class Shop:
        def close(self): ...

    shop = Shop()
    airlock.enqueue(shop.close)
    effects.assert_enqueued(shop.close)
    effects.assert_enqueued(Shop.close)
    effects.assert_not_enqueued(Shop().close)


@pytest.mark.parametrize("wrong", [3, None, object()])
def test_what_is_no_task_is_refused(effects, wrong):
    with pytest.raises(TypeError, match="A task, or a name of one, is wanted"):
        effects.of(wrong)


def test_times_is_exact(effects):
    airlock.enqueue(charge, 1)
    airlock.enqueue(charge, 2)
    assert len(effects.assert_enqueued(charge, times=2)) == 2
    effects.assert_enqueued(send_receipt, times=0)
    for times in (0, 1, 3):
        with pytest.raises(EffectsAssertionError, match="charge was enqueued 2 times, not"):
            effects.assert_enqueued(charge, times=times)


def test_a_task_that_was_not_enqueued_is_a_failure(effects):
    effects.assert_not_enqueued(charge)
    with pytest.raises(EffectsAssertionError, match="charge was not enqueued"):
        effects.assert_enqueued(charge)


def test_nothing_means_nothing_but_what_is_excepted(effects):
    effects.assert_nothing_enqueued()
    airlock.enqueue(charge, 1)
    airlock.enqueue(send_receipt, 1)
    effects.assert_nothing_enqueued(except_=(charge, "send_receipt"))
    with pytest.raises(EffectsAssertionError):
        effects.assert_nothing_enqueued(except_=charge)
    with pytest.raises(EffectsAssertionError):
        effects.assert_nothing_enqueued()


def test_the_number_of_effects_is_exact(effects):
    effects.assert_count(0)
    airlock.enqueue(charge, 1)
    effects.assert_count(1)
    with pytest.raises(EffectsAssertionError, match="Enqueued: 1 effect, not 2"):
        effects.assert_count(2)


def test_what_was_dropped_or_not_let_out_yet_is_not_enqueued(effects):
    with airlock.scope(policy=airlock.DropAll()):
        airlock.enqueue(charge, 1)
    with airlock.scope():
        airlock.enqueue(charge, 2)
        effects.assert_nothing_enqueued()
        effects.assert_not_enqueued(charge)
