import pickle
import threading
import tracemalloc
from copy import copy
from functools import partial, reduce
from operator import and_, or_
from uuid import RFC_4122, UUID, SafeUUID

import pytest

import airlock
from airlock import DropAll, Intent, Origin


def ship(order, express=False): ...


class Shop:
    def close(self): ...

    @classmethod
    def open(cls): ...

    def __call__(self): ...


def test_an_intent_is_immutable():
    intent = Intent(ship, (1,), {"express": True}, {"countdown": 5})
    attributes = ("task", "args", "kwargs", "context", "dispatch_options", "origin", "name", "id", "local_policies")
    for attribute in attributes:
        with pytest.raises(AttributeError):
            setattr(intent, attribute, None)
    for mapping in (intent.kwargs, intent.dispatch_options):
        with pytest.raises(TypeError):
            mapping["express"] = False


def test_an_intent_is_equal_only_to_itself():
    first, second = Intent(ship, (1,)), Intent(ship, (1,))
    assert first == first
    assert first != second
    assert len({first, second}) == 2


def test_the_options_given_later_do_not_reach_an_intent():
    options = {"countdown": 5}
    with airlock.scope(policy=DropAll()):
        intent = airlock.enqueue(ship, 1, _dispatch_options=options)
        options["countdown"] = 6
    assert intent.dispatch_options == {"countdown": 5}


def test_an_intent_without_arguments_has_empty_ones():
    intent = Intent(ship)
    assert (intent.args, dict(intent.kwargs), dict(intent.dispatch_options)) == ((), {}, {})


def test_the_id_is_a_uuid_that_stays():
    intent = Intent(ship)
    assert isinstance(intent.id, UUID)
    assert intent.id == intent.id
    assert intent.id != Intent(ship).id


def test_the_id_is_what_the_standard_library_calls_a_random_uuid():
    for _ in range(100):
        made = Intent(ship).id
        assert (made.version, made.variant, made.is_safe) == (4, RFC_4122, SafeUUID.unknown)
        assert made == UUID(str(made)) == pickle.loads(pickle.dumps(made)) == copy(made)
        assert hash(made) == hash(UUID(str(made)))


def test_every_random_bit_of_an_id_varies():
    ids = [Intent(ship).id.int for _ in range(200)]
    varying = reduce(or_, ids) & ~reduce(and_, ids)
    assert varying == 2**128 - 1 - (0xF << 76 | 0x3 << 62)


def test_the_id_is_one_for_all_threads_that_ask_first():
    for _ in range(200):
        intent = Intent(ship)
        together = threading.Barrier(4)
        ids = []

        def ask(together=together, ids=ids, intent=intent):
            together.wait()
            ids.append(intent.id)

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(set(ids)) == 1


def test_who_comes_second_finds_the_id_that_the_first_has_made():
    intent = Intent(ship)
    assert intent._make_id() == intent._make_id() == intent.id


@pytest.mark.parametrize(
    ("task", "name", "qualified"),
    [
        (ship, "ship", f"{__name__}:ship"),
        (partial(partial(ship, 1), express=True), "ship", f"{__name__}:ship"),
        (Shop().close, "close", f"{__name__}:Shop.close"),
        (Shop.open, "open", f"{__name__}:Shop.open"),
        (Shop, "Shop", f"{__name__}:Shop"),
        (Shop(), "Shop", f"{__name__}:Shop"),
        (print, "print", "builtins:print"),
        ([].append, "append", "builtins:list.append"),
        (str.upper, "upper", "builtins:str.upper"),
    ],
)
def test_every_callable_has_a_name(task, name, qualified):
    intent = Intent(task)
    assert (intent.name, intent.qualified_name) == (name, qualified)


def test_a_lambda_has_a_name():
    intent = Intent(lambda: None)
    assert intent.name == "<lambda>"
    assert intent.qualified_name.endswith("<lambda>")


def test_a_given_name_is_shown_instead_of_the_tasks_own():
    with airlock.scope(policy=DropAll()):
        intent = airlock.enqueue(ship, 1, _name="ship it")
    assert intent.name == "ship it"
    assert str(intent) == "ship it(1)"


def test_an_intent_reads_like_the_call_it_stands_for():
    assert str(Intent(ship, (1, "x"), {"express": True})) == "ship(1, 'x', express=True)"
    assert repr(Intent(ship, (1,))) == "<Intent ship(1)>"


def test_a_huge_argument_is_shown_in_short():
    assert len(str(Intent(ship, ("x" * 1_000_000, list(range(10_000)))))) < 300


def test_an_argument_that_cannot_be_shown_does_not_break_the_text():
    class Shy:
        def __repr__(self):
            raise RuntimeError

    assert "Shy" in str(Intent(ship, (Shy(),)))


def test_a_number_too_long_to_be_written_does_not_break_the_text():
    assert "[<int " in str(Intent(ship, (1, [10**5000])))


def test_the_origin_is_not_recorded_unless_asked_for():
    with airlock.scope(policy=DropAll()):
        assert airlock.enqueue(ship, 1).origin is None


def test_the_origin_is_the_line_that_enqueued():
    airlock.configure(capture_origin=True)
    with airlock.scope(policy=DropAll()):
        first = airlock.enqueue(ship, 1)
        second = airlock.options(countdown=5).enqueue(ship, 2)
    assert first.origin.filename == second.origin.filename == __file__
    assert second.origin.line == first.origin.line + 1
    assert first.origin.function == "test_the_origin_is_the_line_that_enqueued"
    assert str(first.origin) == f"{__file__}:{first.origin.line} {first.origin.function}"


def test_a_given_origin_wins():
    airlock.configure(capture_origin=True)
    origin = Origin("shop.py", 7, "checkout")
    with airlock.scope(policy=DropAll()):
        assert airlock.enqueue(ship, 1, _origin=origin).origin is origin


def test_an_intent_costs_at_most_112_bytes_over_its_arguments():
    count = 10_000

    def measure(build):
        tracemalloc.start()
        kept = [build(n) for n in range(count)]
        size, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert len(kept) == count
        return size / count

    arguments = measure(lambda n: ((n,), {"express": n}))
    intent = measure(lambda n: Intent(ship, (n,), {"express": n}))
    pair = 56  # the tuple that holds both in the first measurement
    assert intent - (arguments - pair) <= 112


@pytest.mark.parametrize("options", [5, "countdown=5", [("countdown", 5)], {5: "countdown"}])
def test_dispatch_options_that_are_no_mapping_of_names_are_refused_where_they_are_given(options):
    with airlock.scope() as scope:
        with pytest.raises(TypeError, match="options"):
            airlock.enqueue(ship, 1, _dispatch_options=options)
        assert scope.intents == []


def test_options_are_reusable_and_show_themselves():
    later = airlock.options(queue="mail", countdown=5)
    with airlock.scope(policy=DropAll()) as scope:
        later.enqueue(ship, 1)
        later.enqueue(ship, 2, express=True)
    assert [dict(intent.dispatch_options) for intent in scope.intents] == [{"queue": "mail", "countdown": 5}] * 2
    assert repr(later) == "airlock.options(queue='mail', countdown=5)"


def test_a_task_may_have_parameters_of_any_name():
    with airlock.scope(policy=DropAll()):
        intent = airlock.enqueue(dict, task=1, self=2, options=3, _names=4)
    assert intent.kwargs == {"task": 1, "self": 2, "options": 3, "_names": 4}
