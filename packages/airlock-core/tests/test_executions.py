"""The scope of an execution whose start and end are told of one by one."""

import logging
from collections.abc import Iterator
from contextvars import ContextVar

import pytest

import airlock
from airlock import Intent, Scope, ScopeStateError
from airlock._bypass import Sending, is_sending
from airlock.integrations._executions import Executions

sent: list[Intent] = []
tenant: ContextVar[str] = ContextVar("tenant", default="nobody")


@pytest.fixture(autouse=True)
def _configured() -> Iterator[None]:
    before = airlock.get_configuration()
    airlock.configure(executor=sent.append, context={"tenant": tenant})
    yield
    sent.clear()
    airlock.configure(**before._asdict())


@pytest.fixture
def executions() -> Executions:
    return Executions()


def names() -> list[str]:
    return [str(intent.args[0]) for intent in sent]


def test_success_flushes(executions: Executions) -> None:
    executions.begin(1, "task", in_worker=True)
    airlock.enqueue(print, "effect")
    assert sent == []
    executions.end(1, None)
    assert (names(), airlock.get_current_scope()) == (["effect"], None)


def test_failure_discards(executions: Executions) -> None:
    executions.begin(1, "task", in_worker=True)
    airlock.enqueue(print, "effect")
    executions.end(1, RuntimeError())
    assert (sent, airlock.get_current_scope()) == ([], None)


def test_a_flush_that_fails_raises_and_closes_the_scope(executions: Executions) -> None:
    airlock.configure(executor=lambda _: 1 / 0)
    executions.begin(1, "task", in_worker=True)
    airlock.enqueue(print, "effect")
    with pytest.raises(ZeroDivisionError):
        executions.end(1, None)
    assert airlock.get_current_scope() is None


def test_what_goes_wrong_after_a_failure_is_logged(executions: Executions, caplog: pytest.LogCaptureFixture) -> None:
    class Stubborn:
        def capture(self) -> str:
            return "value"

        def restore(self, value: object) -> "Stubborn":
            return self

        def __enter__(self) -> None: ...

        def __exit__(self, *_: object) -> None:
            raise LookupError("no such tenant")

    airlock.configure(context={"tenant": Stubborn()})
    executions.begin(1, "pack", {"tenant": "x"}, in_worker=True)
    executions.end(1, RuntimeError())
    (record,) = caplog.records
    assert "the task pack could not be ended" in record.getMessage()


def test_an_execution_that_was_not_begun_has_no_end(executions: Executions) -> None:
    executions.begin(1, "task", in_worker=True)
    executions.end(2, None)
    assert airlock.get_current_scope() is not None
    executions.end(1, None)
    executions.end(1, RuntimeError())
    assert airlock.get_current_scope() is None


def test_an_execution_outside_a_worker_is_part_of_the_work_around_it(executions: Executions) -> None:
    with airlock.scope():
        executions.begin(1, "task", in_worker=False)
        airlock.enqueue(print, "captured")
        executions.end(1, None)
        executions.begin(2, "task", in_worker=False)
        airlock.enqueue(print, "dropped")
        executions.end(2, RuntimeError())
        assert sent == []
    assert names() == ["captured"]


def test_executions_nest(executions: Executions) -> None:
    executions.begin("outer", "task", in_worker=True)
    executions.begin("inner", "task", in_worker=False)
    airlock.enqueue(print, "inner effect")
    executions.end("inner", None)
    airlock.enqueue(print, "outer effect")
    executions.end("outer", None)
    assert names() == ["inner effect", "outer effect"]


def test_one_that_was_interrupted_inside_another_sends_nothing(executions: Executions) -> None:
    executions.begin("outer", "task", in_worker=True)
    executions.begin("inner", "task", in_worker=False)
    airlock.enqueue(print, "inner effect")
    executions.end("unknown", None)
    executions.end("outer", None)
    assert (sent, airlock.get_current_scope()) == ([], None)


def test_a_scope_that_is_left_open_inside_fails_its_execution(executions: Executions) -> None:
    executions.begin(1, "task", in_worker=True)
    airlock.enqueue(print, "effect")
    Scope().enter()
    with pytest.raises(ScopeStateError):
        executions.end(1, None)
    assert (sent, airlock.get_current_scope()) == ([], None)


def test_a_scope_left_open_before_is_reported_and_closed(
    executions: Executions, caplog: pytest.LogCaptureFixture
) -> None:
    leaked = Scope().enter()
    airlock.enqueue(print, "swallowed")
    executions.begin(1, "pack", in_worker=True)
    airlock.enqueue(print, "effect")
    executions.end(1, None)
    assert (names(), leaked.is_discarded) == (["effect"], True)
    assert "still open when the task pack started" in caplog.text


def test_what_an_execution_without_an_end_has_restored_is_not_there_for_the_next(
    executions: Executions, caplog: pytest.LogCaptureFixture
) -> None:
    executions.begin(1, "task", {"tenant": "acme"}, in_worker=True)
    assert tenant.get() == "acme"
    executions.begin(2, "task", in_worker=True)
    assert tenant.get() == "nobody"
    executions.end(2, None)
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


def test_what_a_message_carried_is_there_for_the_task_and_for_the_flush(executions: Executions) -> None:
    seen: list[str] = []
    airlock.configure(executor=lambda _: seen.append(tenant.get()))
    executions.begin(1, "task", {"tenant": "acme"}, in_worker=True)
    airlock.enqueue(print, tenant.get())
    executions.end(1, None)
    assert (seen, tenant.get()) == (["acme"], "nobody")


def test_a_context_that_cannot_be_restored_opens_nothing(executions: Executions) -> None:
    with pytest.raises(TypeError, match="a mapping"):
        executions.begin(1, "task", "no mapping", in_worker=True)
    assert airlock.get_current_scope() is None
    executions.end(1, None)


def test_a_task_that_is_performed_while_another_is_sent_sends_nothing_itself(executions: Executions) -> None:
    with Sending():
        executions.begin(1, "task", in_worker=False)
        assert not is_sending()
        executions.end(1, None)
        assert is_sending()
