"""Messages that reach a backend without airlock; the backend here has a hook as real ones have."""

import asyncio
import contextvars
import warnings

import pytest

import airlock
from airlock import BypassError
from airlock._bypass import Sending, is_sending
from airlock.integrations import bypass
from airlock.integrations.bypass import BypassWarning, collect, report, sending
from airlock.integrations.executors import QueueExecutor
from airlock.integrations.executors.auto import auto_executor


class Task:
    """A queue's task: `delay()` publishes a message, and calls the hook first, as real queues do."""

    published = ()

    def __init__(self, name):
        self.name = name

    def delay(self, *args):
        report("fake", self.name)
        Task.published = (*Task.published, (self.name, args))


class FakeExecutor(QueueExecutor):
    kind = "tasks of the fake queue"

    def accepts(self, task):
        return isinstance(task, Task)

    def prepare(self, intent):
        return intent.args

    def send(self, batch):
        for prepared in batch:
            yield prepared.intent.task.delay(*prepared.message)


async def send_later(intent):
    await asyncio.sleep(0)
    intent.task.delay(*intent.args)


@pytest.fixture
def task(monkeypatch):
    monkeypatch.setattr(Task, "published", ())
    monkeypatch.setattr("airlock._executors.others", lambda: iter([FakeExecutor()]))
    return Task("shop.tasks.charge")


@pytest.fixture
def strict(task):
    airlock.configure(bypass="raise")


def test_nothing_happens_unless_the_configuration_says_so(task):
    task.delay(1)
    assert Task.published == (("shop.tasks.charge", (1,)),)


def test_a_message_without_airlock_raises_where_it_is_sent(task, strict):
    with pytest.raises(BypassError) as info:
        task.delay(1)
    line = info.traceback[0].lineno + 1
    assert Task.published == ()
    assert str(info.value).startswith(f"shop.tasks.charge was sent to fake without airlock at {__file__}:")
    assert "Write `airlock.enqueue(charge, ...)` there, inside a scope." in str(info.value)
    assert line > 0


def test_a_warning_points_to_the_line_that_sends(task):
    def delay():
        report("shop", "charge", skip={"queue"})

    airlock.configure(bypass="warn")
    with pytest.warns(BypassWarning, match="charge was sent to shop without airlock") as caught:
        delay()
    assert caught[0].filename == __file__
    assert caught[0].lineno == delay.__code__.co_firstlineno + 1


def test_the_frames_of_the_backend_are_skipped(task):
    library = {"report": report, "__name__": "queue.publishing"}
    exec("def delay():\n    report('fake', 'charge', skip={'queue'})", library)
    with collect() as found:
        library["delay"]()
    assert found[0].origin.function == "test_the_frames_of_the_backend_are_skipped"


def test_where_every_frame_belongs_to_the_backend_the_outermost_is_named(task):
    skip = {str(frame.f_globals["__name__"]).partition(".")[0] for frame in frames()}
    with collect() as found:
        report("fake", "charge", skip=skip)
    assert found[0].origin.function == frames()[-1].f_code.co_qualname


def frames():
    import sys

    frame, found = sys._getframe(), []
    while frame is not None:
        found.append(frame)
        frame = frame.f_back
    return found


@pytest.mark.parametrize("executor", [FakeExecutor(), lambda intent: intent.task.delay(*intent.args), auto_executor])
def test_what_airlock_sends_is_not_reported(task, strict, executor):
    with collect() as found, airlock.scope(executor=executor):
        airlock.enqueue(task, 1)
    assert Task.published == (("shop.tasks.charge", (1,)),)
    assert found == []


def test_what_airlock_sends_and_awaits_is_not_reported(task, strict):
    async def main():
        async with airlock.scope(executor=send_later):
            airlock.enqueue(task, 1)

    asyncio.run(main())
    assert len(Task.published) == 1


def test_what_another_task_of_the_loop_sends_meanwhile_is_reported(task, strict):
    async def main():
        async with airlock.scope(executor=send_later):
            airlock.enqueue(task, 1)
            other = asyncio.create_task(send_without())
        await other

    async def send_without():
        with pytest.raises(BypassError):
            task.delay(2)

    asyncio.run(main())
    assert len(Task.published) == 1


@pytest.mark.parametrize("executor", ["sync", "auto"])
def test_what_a_task_sends_that_is_performed_here_is_reported(task, strict, executor):
    def place(order):
        task.delay(order)

    with pytest.raises(BypassError), airlock.scope(executor=executor):
        airlock.enqueue(place, 1)


def test_what_follows_a_task_that_is_performed_here_is_sent_by_airlock(task, strict):
    with airlock.scope(executor="auto"):
        airlock.enqueue(task, 1)
        airlock.enqueue(len, ())
        airlock.enqueue(task, 2)
    assert len(Task.published) == 2


def test_the_mark_ends_with_the_dispatch(task, strict):
    with airlock.scope(executor=FakeExecutor()):
        airlock.enqueue(task, 1)
    with pytest.raises(BypassError):
        task.delay(2)


def test_code_that_sends_for_airlock_says_so(task, strict):
    with sending():
        task.delay(1)
    assert len(Task.published) == 1


def test_reports_are_collected_although_nothing_else_happens(task):
    with collect() as outer:
        with collect() as inner, warnings.catch_warnings():
            task.delay(1)
        task.delay(2)
    task.delay(3)
    assert [found.task for found in inner] == ["shop.tasks.charge"]
    assert [found.backend for found in outer] == ["fake", "fake"]
    assert outer[0].origin.function == "Task.delay"


def test_the_mark_may_end_in_another_context():
    mark = Sending()
    contextvars.copy_context().run(mark.__enter__)
    mark.__exit__()
    assert not is_sending()


def test_all_names_everything_that_integrations_need():
    assert bypass.__all__ == sorted(bypass.__all__)
