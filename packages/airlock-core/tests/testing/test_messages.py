"""The messages, as they are read: each is compared whole."""

from textwrap import dedent

import pytest

import airlock
from airlock import BlockTasks, Origin, Scope
from airlock.testing import EffectsAssertionError, capture


def charge(order): ...


def send_receipt(order_id, copy=False, *, to="customer"): ...


def send_sms(text): ...


class RequestScope(Scope): ...


class Order:
    def __repr__(self):
        return "<Order>"


@pytest.fixture
def enqueue():
    """Enqueue from one line after the other of a file."""
    lines = iter(range(1, 1000))

    def enqueue(task, *args, **kwargs):
        return airlock.enqueue(task, *args, **kwargs, _origin=Origin("shop/orders.py", next(lines), "place"))

    return enqueue


@pytest.fixture
def effects():
    with capture() as effects:
        yield effects


def message(assertion, *args, **kwargs):
    with pytest.raises(EffectsAssertionError) as info:
        assertion(*args, **kwargs)
    text = str(info.value)
    assert max(map(len, text.splitlines())) <= 140
    return text + "\n"


def text(snapshot):
    return dedent(snapshot).removeprefix("\n")


def test_other_arguments(effects, enqueue):
    enqueue(charge, 41)
    enqueue(send_receipt, 41, to="me")
    assert message(effects.assert_enqueued_with, send_receipt, 42, copy=True, to="me") == text("""
        send_receipt(42, copy=True, to='me') was not enqueued.
        send_receipt was enqueued with other arguments (enqueued != expected).

        Enqueued, in order:
          1. charge(41)                 shop/orders.py:1 place
          2. send_receipt(41, to='me')  shop/orders.py:2 place
               order_id: 41 != 42
               copy: False != True
        """)


def test_nothing_at_all(effects):
    assert message(effects.assert_enqueued_with, send_receipt, 42) == text("""
        send_receipt(42) was not enqueued.

        Nothing was enqueued.
        """)


def test_arguments_too_many_and_too_few(effects, enqueue):
    def pack(*items, **options): ...

    enqueue(pack, "book", "pen", gift=True)
    assert message(effects.assert_enqueued_with, pack, "book", card="happy birthday") == text("""
        pack('book', card='happy birthday') was not enqueued.
        pack was enqueued with other arguments (enqueued != expected).

        Enqueued, in order:
          1. pack('book', 'pen', gift=True)  shop/orders.py:1 place
               items[1]: 'pen', not expected
               gift: True, not expected
               card: missing, 'happy birthday' expected
        """)


def test_a_call_that_the_task_does_not_take(effects, enqueue):
    enqueue(send_receipt, 41)
    assert message(effects.assert_enqueued_with, send_receipt, order=41) == text("""
        send_receipt(order=41) was not enqueued.
        It cannot be called so: missing a required argument: 'order_id'.
        send_receipt was enqueued with other arguments (enqueued != expected).

        Enqueued, in order:
          1. send_receipt(41)  shop/orders.py:1 place
               args[0]: 41, not expected
               order: missing, 41 expected
        """)


def test_what_is_deep_inside_or_far_along(effects, enqueue):
    enqueue(charge, {"lines": [{"sku": 1, "n": 2}, {"sku": 2}], "note": "x" * 40 + "left" + "y" * 40, "day": (1, 2)})
    expected = {"lines": [{"sku": 1, "n": 3}, {"sku": 2, "n": 1}], "note": "x" * 40 + "right" + "y" * 40, "day": [1]}
    assert message(effects.assert_enqueued_with, charge, expected) == text("""
        charge({'day': [1], 'lines': [{'n': 3, 'sku': 1}, {'n': 1, 'sku': 2}], 'note'... was not enqueued.
        charge was enqueued with other arguments (enqueued != expected).

        Enqueued, in order:
          1. charge({'day': (1, 2), 'lines': [{'n': 2, 'sku': ...  shop/orders.py:1 place
               order['lines'][0]['n']: 2 != 3
               order['lines'][1]['n']: missing, 1 expected
               order['note']: ...xxxxxxxxxxxxleftyyyyyyyyyyyyyyyyyyyy... != ...xxxxxxxxxxxxrightyyyyyyyyyyyyyyyyyyy...
               order['day']: (1, 2) != [1]
        """)


def test_many_differences_in_one_argument(effects, enqueue):
    enqueue(charge, list(range(10)))
    assert message(effects.assert_enqueued_with, charge, list(range(1, 11))) == text("""
        charge([1, 2, 3, 4, 5, 6, ...]) was not enqueued.
        charge was enqueued with other arguments (enqueued != expected).

        Enqueued, in order:
          1. charge([0, 1, 2, 3, 4, 5, ...])  shop/orders.py:1 place
               order[0]: 0 != 1
               order[1]: 1 != 2
               order[2]: 2 != 3
               order[3]: 3 != 4
               order[4]: 4 != 5
               order: more differences
        """)


def test_another_type_and_what_looks_the_same(effects, enqueue):
    enqueue(charge, "41")
    enqueue(charge, Order())
    assert message(effects.assert_enqueued_with, charge, 41) == text("""
        charge(41) was not enqueued.
        charge was enqueued with other arguments (enqueued != expected).

        Enqueued, in order:
          1. charge('41')     shop/orders.py:1 place
               order: '41' != 41
          2. charge(<Order>)  shop/orders.py:2 place
               order: <Order> != 41
        """)
    assert "order: <Order> != another Order that looks the same\n" in message(
        effects.assert_enqueued_with, charge, Order()
    )


def test_a_list_inside_itself(effects, enqueue):
    ours, theirs = [1], [1]
    ours.append(ours)
    theirs.append(theirs)
    enqueue(charge, ours)
    assert "another list that looks the same\n" in message(effects.assert_enqueued_with, charge, theirs)


def test_options(effects, enqueue):
    enqueue(charge, 41, _dispatch_options={"queue": "default", "countdown": 5})
    assert message(effects.assert_enqueued_with, charge, 41, _dispatch_options={"queue": "mail"}) == text("""
        charge(41) with the options {'queue': 'mail'} was not enqueued.
        charge was enqueued with other arguments (enqueued != expected).

        Enqueued, in order:
          1. charge(41)  shop/orders.py:1 place
               option queue: 'default' != 'mail'
               option countdown: 5, not expected
        """)


def test_a_misspelt_name(effects, enqueue):
    enqueue(send_receipt, 41)
    assert message(effects.assert_enqueued, "send_reciept") == text("""
        send_reciept was not enqueued.
        Did you mean 'send_receipt'?

        Enqueued, in order:
          1. send_receipt(41)  shop/orders.py:1 place
        """)


def test_a_name_that_is_like_no_other(effects, enqueue):
    enqueue(send_receipt, 41)
    assert message(effects.assert_enqueued, "shop.tasks:refund") == text("""
        refund was not enqueued.

        Enqueued, in order:
          1. send_receipt(41)  shop/orders.py:1 place
        """)


def test_another_task_of_the_same_name(effects, enqueue):
    def charge(order): ...

    enqueue(charge, 41)
    other = globals()["charge"]
    assert message(effects.assert_enqueued, other).splitlines()[:2] == [
        "charge was not enqueued.",
        f"Another task of that name was: {charge.__module__}:{charge.__qualname__}.",
    ]


def test_a_task_that_was_dropped(effects, enqueue):
    with airlock.scope(policy=BlockTasks({"send_receipt"})):
        enqueue(charge, 41)
        enqueue(send_receipt, 41)
    with pytest.raises(ValueError), RequestScope():
        enqueue(charge, 42)
        raise ValueError
    assert message(effects.assert_enqueued_with, send_receipt, 41) == text("""
        send_receipt(41) was not enqueued.
        It was dropped, see below.

        Enqueued, in order:
          1. charge(41)  shop/orders.py:1 place

        Dropped:
          send_receipt(41)  shop/orders.py:2 place
            dropped by BlockTasks({'send_receipt'})
          charge(42)        shop/orders.py:3 place
            discarded with its RequestScope
        """)


def test_a_task_whose_scope_is_still_open(effects, enqueue):
    with RequestScope():
        with airlock.scope():
            enqueue(send_receipt, 41)
        assert message(effects.assert_enqueued_with, send_receipt, 41) == text("""
            send_receipt(41) was not enqueued.
            It has not been let out yet, see below.

            Nothing was enqueued.

            Not let out:
              send_receipt(41)  shop/orders.py:1 place
                its RequestScope is still open
            """)


def test_a_task_whose_scope_was_left_and_no_more(effects, enqueue):
    scope = airlock.scope().enter()
    enqueue(send_receipt, 41)
    scope.exit()
    assert message(effects.assert_enqueued, send_receipt) == text("""
        send_receipt was not enqueued.
        It has not been let out yet, see below.

        Nothing was enqueued.

        Not let out:
          send_receipt(41)  shop/orders.py:1 place
            its Scope was left, but neither flushed nor discarded
        """)


def test_a_task_whose_scope_failed(effects, enqueue):
    class Broken(airlock.AllowAll):
        def allows(self, intent):
            raise LookupError("no rule")

    with pytest.raises(LookupError), RequestScope(policy=Broken()):
        enqueue(send_receipt, 41)
    assert message(effects.assert_enqueued, send_receipt) == text("""
        send_receipt was not enqueued.
        It has not been let out yet, see below.

        Nothing was enqueued.

        Not let out:
          send_receipt(41)  shop/orders.py:1 place
            its RequestScope failed when it was flushed
        """)


def test_the_wrong_number_of_times(effects, enqueue):
    enqueue(charge, 41)
    enqueue(charge, 42)
    assert message(effects.assert_enqueued, charge, times=1) == text("""
        charge was enqueued 2 times, not once.

        Enqueued, in order:
          1. charge(41)  shop/orders.py:1 place
          2. charge(42)  shop/orders.py:2 place
        """)


def test_a_task_that_should_not_have_been_enqueued(effects, enqueue):
    enqueue(charge, 41)
    assert message(effects.assert_not_enqueued, charge) == text("""
        charge was enqueued once, and should not have been.

        Enqueued, in order:
          1. charge(41)  shop/orders.py:1 place
        """)


def test_effects_where_there_should_be_none(effects, enqueue):
    enqueue(charge, 41)
    enqueue(send_receipt, 41)
    enqueue(send_sms, "paid")
    assert message(effects.assert_nothing_enqueued, except_={"charge", send_sms}) == text("""
        Nothing but charge and send_sms should have been enqueued, and 1 effect was.

        Enqueued, in order:
          1. charge(41)        shop/orders.py:1 place
          2. send_receipt(41)  shop/orders.py:2 place
          3. send_sms('paid')  shop/orders.py:3 place
        """)
    assert message(effects.assert_nothing_enqueued).splitlines()[0] == (
        "Nothing should have been enqueued, and 3 effects were."
    )


def test_a_long_recording_shows_the_first_and_the_nearest(effects, enqueue):
    for number in range(1, 31):
        enqueue(charge, number)
    enqueue(send_receipt, 41)
    for number in range(31, 40):
        enqueue(charge, number)
    with airlock.scope(policy=airlock.DropAll()):
        for number in range(22):
            enqueue(send_sms, number)
    assert message(effects.assert_enqueued_with, send_receipt, 42) == text("""
        send_receipt(42) was not enqueued.
        send_receipt was enqueued with other arguments (enqueued != expected).

        Enqueued, in order:
           1. charge(1)         shop/orders.py:1 place
           2. charge(2)         shop/orders.py:2 place
           3. charge(3)         shop/orders.py:3 place
           4. charge(4)         shop/orders.py:4 place
           5. charge(5)         shop/orders.py:5 place
           6. charge(6)         shop/orders.py:6 place
           7. charge(7)         shop/orders.py:7 place
           8. charge(8)         shop/orders.py:8 place
           9. charge(9)         shop/orders.py:9 place
          31. send_receipt(41)  shop/orders.py:31 place
                order_id: 41 != 42
          (and 30 more)

        Dropped:
          send_sms(0)  shop/orders.py:41 place
            dropped by DropAll()
          send_sms(1)  shop/orders.py:42 place
            dropped by DropAll()
          send_sms(2)  shop/orders.py:43 place
            dropped by DropAll()
          send_sms(3)  shop/orders.py:44 place
            dropped by DropAll()
          send_sms(4)  shop/orders.py:45 place
            dropped by DropAll()
          send_sms(5)  shop/orders.py:46 place
            dropped by DropAll()
          send_sms(6)  shop/orders.py:47 place
            dropped by DropAll()
          send_sms(7)  shop/orders.py:48 place
            dropped by DropAll()
          send_sms(8)  shop/orders.py:49 place
            dropped by DropAll()
          send_sms(9)  shop/orders.py:50 place
            dropped by DropAll()
          (and 12 more)
        """)


def test_of_many_others_the_three_nearest_are_compared(effects, enqueue):
    for copy, to in ((True, "you"), (False, "you"), (True, "you"), (False, "me"), (True, "me"), (True, "them")):
        enqueue(send_receipt, 41, copy, to=to)
    shown = message(effects.assert_enqueued_with, send_receipt, 42, to="me")
    assert shown.count("order_id: 41 != 42") == 3
    assert "to: 'them' != 'me'" not in shown


def test_what_is_very_long_is_cut(effects):
    def a_task_with_a_name_that_goes_on_and_on_and_on_and_on_and_on_and_on(*args): ...

    origin = Origin("/a/very/long/way/from/here/to/the/file/that/enqueues/it/orders.py", 12345, "Shop.<locals>.place")
    airlock.enqueue(a_task_with_a_name_that_goes_on_and_on_and_on_and_on_and_on_and_on, *"abcdef", _origin=origin)
    assert message(effects.assert_enqueued, charge) == text("""
        charge was not enqueued.

        Enqueued, in order:
          1. a_task_with_a_name_that_goes_on_and_on_and_on_and...  ...file/that/enqueues/it/orders.py:12345 Shop.place
        """)


def test_a_recording_as_text(effects, enqueue):
    enqueue(charge, 41)
    assert str(effects) == "Enqueued, in order:\n  1. charge(41)  shop/orders.py:1 place"
    assert repr(effects) == "<Recording: 1 intent recorded: charge(41)>"


def test_an_intent_that_the_test_has_made_comes_from_nowhere(effects):
    effects.append(airlock.Intent(charge, (41,)))
    assert str(effects) == "Enqueued, in order:\n  1. charge(41)"


def test_a_long_recording_in_short(effects, enqueue):
    assert repr(effects) == "<Recording: 0 intents recorded>"
    for number in range(12):
        enqueue(charge, number)
    with airlock.scope(policy=airlock.DropAll()):
        enqueue(charge, 41)
    with airlock.scope():
        enqueue(charge, 42)
        shown = ", ".join(f"charge({number})" for number in range(10))
        assert repr(effects) == (
            f"<Recording: 12 intents recorded: {shown} (and 2 more); 1 dropped; 1 not let out yet>"
        )


def test_the_line_of_a_real_origin_is_relative_to_where_the_tests_run(effects, monkeypatch):
    here, _, name = __file__.rpartition("/")
    monkeypatch.chdir(here)
    airlock.enqueue(charge, 41)
    line = effects[0].origin.line
    assert str(effects).splitlines()[1] == (f"  1. charge(41)  {name}:{line} test_the_line_of_a_real_o...")


def test_a_folder_that_is_gone_does_not_hide_the_failure(effects, enqueue, tmp_path, monkeypatch):
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()
    enqueue(charge, 41)
    assert str(effects) == "Enqueued, in order:\n  1. charge(41)  shop/orders.py:1 place"
