"""What `scoped_stream()` makes of plain iterables."""

import gc
import threading

import pytest
from django_web.effects import BrokerDownError, scopes, sent, want

import airlock
from airlock.integrations.django import scoped_stream

pytestmark = pytest.mark.usefixtures("web")


def body(name="body"):
    want(f"{name}: before the first")
    yield f"{name} 1"
    want(f"{name}: before the second")
    yield f"{name} 2"
    want(f"{name}: at the end")


WANTED = ["body: before the first", "body: before the second", "body: at the end"]


def test_effects_go_out_after_the_last_chunk():
    seen = [(chunk, list(sent)) for chunk in scoped_stream(body())]
    assert seen == [("body 1", []), ("body 2", [])]
    assert sent == WANTED
    assert len(scopes) == 1
    assert scopes[0].is_flushed


def test_its_scope_is_not_open_between_two_chunks():
    for _ in scoped_stream(body()):
        assert airlock.get_current_scope() is None
        with pytest.raises(airlock.NoScopeError):
            want("between")
    assert airlock.get_current_scope() is None


def test_two_streams_in_turn_in_one_thread_have_nothing_to_do_with_each_other():
    one, other = scoped_stream(body("one")), scoped_stream(body("other"))
    assert [*map(list, zip(one, other, strict=True))] == [["one 1", "other 1"], ["one 2", "other 2"]]
    assert list(other) == []
    assert [scope.parent for scope in scopes] == [None, None]
    assert [label.split(":")[0] for label in sent] == ["one"] * 3 + ["other"] * 3


def test_closed_early_it_drops_effects_and_closes_the_generator():
    def closes():
        try:
            want("before the first")
            yield 1
            yield 2
        finally:
            want("while it is closed")

    stream = scoped_stream(closes())
    assert next(stream) == 1
    stream.close()
    assert list(stream) == []
    assert sent == []
    assert scopes[0].is_discarded
    assert [intent.args for intent in scopes[0].intents] == [("before the first",), ("while it is closed",)]
    stream.close()


def test_an_exception_drops_effects_and_reaches_whoever_asked_for_the_chunk():
    def fails():
        want("before it failed")
        yield 1
        raise ValueError("no second chunk")

    stream = scoped_stream(fails())
    assert next(stream) == 1
    with pytest.raises(ValueError, match="no second chunk"):
        next(stream)
    assert sent == []
    assert scopes[0].is_discarded
    assert airlock.get_current_scope() is None


def test_a_flush_that_fails_reaches_whoever_asked_for_the_chunk_after_the_last():
    def unsendable():
        want("unsendable")
        yield 1

    stream = scoped_stream(unsendable())
    assert next(stream) == 1
    with pytest.raises(BrokerDownError):
        next(stream)
    assert len(scopes[0].undispatched) == 1


def test_forgotten_half_way_it_lets_nothing_out():
    stream = scoped_stream(body())
    next(stream)
    del stream
    gc.collect()
    assert sent == []
    assert scopes[0].is_discarded


@pytest.mark.parametrize("chunks", [[1, 2], (1, 2), range(1, 3), iter([1, 2])])
def test_any_iterable_will_do(chunks):
    assert list(scoped_stream(chunks)) == [1, 2]


@pytest.mark.parametrize("started", [True, False])
def test_what_the_chunks_come_from_is_closed_with_it(started):
    class Source:
        is_closed = False

        def __iter__(self):
            return iter([1, 2])

        def close(self):
            self.is_closed = True

    source = Source()
    stream = scoped_stream(source)
    if started:
        next(stream)
    stream.close()
    assert source.is_closed


def test_each_chunk_may_be_made_in_another_thread():
    stream = scoped_stream(body())
    made = []

    def step():
        made.append(next(stream, None))
        made.append(airlock.get_current_scope())

    for _ in range(3):
        thread = threading.Thread(target=step)
        thread.start()
        thread.join()
    assert made == ["body 1", None, "body 2", None, None, None]
    assert sent == WANTED


def test_scopes_and_policies_that_span_two_chunks_stay_inside():
    def nests():
        want("outer")
        with airlock.scope(), airlock.policy(airlock.BlockTasks(["effect"])):
            yield 1
            want("blocked")
        with airlock.scope():
            want("inner")
            yield 2
            want("inner again")
        yield 3

    for _ in scoped_stream(nests()):
        with airlock.scope():
            want("outside")
    assert sent == ["outside", "outside", "outside", "outer", "inner", "inner again"]


def test_consumed_inside_a_scope_it_is_captured_there():
    with airlock.scope(policy=airlock.DropAll()) as around:
        list(scoped_stream(body()))
        assert len(around.captured_intents) == 3
    assert sent == []


def test_made_in_a_scope_that_has_ended_it_has_its_own():
    with airlock.scope():
        stream = scoped_stream(body())
    list(stream)
    assert sent == WANTED


def test_it_decorates_a_generator_function():
    decorated = scoped_stream(body)
    assert decorated.__name__ == "body"
    assert list(decorated("again")) == ["again 1", "again 2"]
    assert list(decorated(name="once more")) == ["once more 1", "once more 2"]
    assert len(sent) == 6


async def coroutine() -> list[int]:
    return [1]


@pytest.mark.parametrize("chunks", [3, None, len, coroutine])
def test_anything_else_is_a_type_error(chunks):
    with pytest.raises(TypeError, match="takes an iterable of chunks, or decorates a generator function"):
        scoped_stream(chunks)
