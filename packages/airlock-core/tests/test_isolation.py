import asyncio
import contextvars
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

import airlock
from airlock import DropAll, NoScopeError, Scope, ScopeStateError, _lock


def run_in_threads(count, work):
    """Run work(number) in threads that start together, and return what each returned."""
    together = threading.Barrier(count)

    def start(number):
        together.wait()
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return [future.result() for future in [pool.submit(start, number) for number in range(count)]]


@pytest.fixture
def switching_often():
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def test_a_thread_does_not_see_the_scope_of_another(charge):
    with airlock.scope(), ThreadPoolExecutor(1) as pool, pytest.raises(NoScopeError):
        pool.submit(airlock.enqueue, charge).result()


@pytest.mark.usefixtures("switching_often")
def test_scopes_in_many_threads_keep_to_themselves():
    def unit(number):
        for _ in range(50):
            with airlock.scope(executor=lambda intent: None) as scope:
                for step in range(10):
                    airlock.enqueue(print, number, step)
            assert [intent.args for intent in scope.dispatched] == [(number, step) for step in range(10)]
        return True

    assert all(run_in_threads(8, unit))


@pytest.mark.usefixtures("switching_often")
def test_threads_that_share_a_scope_by_a_copied_context_lose_nothing():
    with airlock.scope(policy=DropAll()) as scope:
        contexts = [contextvars.copy_context() for _ in range(8)]
        run_in_threads(8, lambda n: contexts[n].run(lambda: [airlock.enqueue(print, n, k) for k in range(500)]))
    assert len(scope.intents) == 4_000
    for number in range(8):
        own = [intent.args for intent in scope.intents if intent.args[0] == number]
        assert own == [(number, k) for k in range(500)]


@pytest.mark.usefixtures("switching_often")
def test_an_intent_enqueued_while_its_scope_is_left_is_dispatched_or_refused_and_never_lost():
    for _ in range(100):
        sent, accepted, refused = [], [], []
        scope = Scope(executor=sent.append).enter()
        contexts = [contextvars.copy_context() for _ in range(3)]
        together = threading.Barrier(4)

        def enqueue_until_refused(together=together, accepted=accepted, refused=refused):
            together.wait()
            try:
                while True:
                    accepted.append(airlock.enqueue(print))
            except ScopeStateError as error:
                refused.append(error)

        threads = [threading.Thread(target=context.run, args=[enqueue_until_refused]) for context in contexts]
        for thread in threads:
            thread.start()
        together.wait()
        scope.exit()
        scope.flush()
        for thread in threads:
            thread.join()
        assert len(refused) == 3
        assert len(sent) == len(accepted)
        assert set(sent) == set(accepted)


@pytest.mark.usefixtures("switching_often")
def test_a_capture_that_races_with_the_end_of_its_parent_happens_or_is_refused():
    for _ in range(100):
        sent, outcomes = [], []
        parent = Scope(executor=sent.append).enter()
        together = threading.Barrier(4)
        contexts = [contextvars.copy_context() for _ in range(3)]

        def nested(together=together, outcomes=outcomes):
            scope = Scope()
            try:
                with scope:
                    airlock.enqueue(print)
                    together.wait()
                outcomes.append((scope, True))
            except ScopeStateError:
                outcomes.append((scope, False))

        threads = [threading.Thread(target=context.run, args=[nested]) for context in contexts]
        for thread in threads:
            thread.start()
        together.wait()
        parent.exit()
        parent.flush()
        for thread in threads:
            thread.join()
        captured = [scope.intents[0] for scope, accepted in outcomes if accepted]
        assert set(sent) == set(captured)
        assert all(scope.undispatched == scope.intents for scope, accepted in outcomes if not accepted)


class LeftMeanwhile(list):
    """A buffer whose scope another thread leaves just before, or just after, something is added."""

    def __init__(self, scope, in_time):
        self.scope, self.in_time = scope, in_time

    def append(self, entry):
        if self.in_time:
            super().append(entry)
        contextvars.Context().run(self.scope.exit)
        if not self.in_time:
            super().append(entry)


@pytest.mark.parametrize("in_time", [True, False])
@pytest.mark.parametrize("others", [0, 2])
def test_whether_an_intent_came_in_time_is_decided_once_for_both_sides(in_time, others, charge, recorder):
    def race():
        scope = Scope().enter()
        buffer = LeftMeanwhile(scope, in_time)
        buffer.extend(airlock.enqueue(charge, "before") for _ in range(others))
        scope._buffer = buffer
        if in_time:
            airlock.enqueue(charge, "last")
        else:
            with pytest.raises(ScopeStateError, match="has ended"):
                airlock.enqueue(charge, "late")
        scope.flush()

    contextvars.copy_context().run(race)
    assert recorder.args == [("before",)] * others + [("last",)] * in_time


@pytest.mark.parametrize("in_time", [True, False])
def test_whether_a_capture_came_in_time_is_decided_once_for_both_sides(in_time, charge, recorder):
    def race():
        parent = Scope().enter()
        parent._buffer = LeftMeanwhile(parent, in_time)
        inner = Scope().enter()
        airlock.enqueue(charge)
        inner.exit()
        if in_time:
            inner.flush()
        else:
            with pytest.raises(ScopeStateError, match="ends after the scope around it"):
                inner.flush()
        assert len(inner.undispatched) == (0 if in_time else 1)
        parent.flush()

    contextvars.copy_context().run(race)
    assert len(recorder.calls) == (1 if in_time else 0)


def test_a_late_intent_leaves_no_trace_in_the_ended_scope(charge):
    scope = Scope()

    async def main():
        ended = asyncio.Event()

        async def late():
            with airlock.policy(DropAll()):
                await ended.wait()
                with pytest.raises(ScopeStateError, match="has ended"):
                    airlock.enqueue(charge, 2)

        async with scope:
            airlock.enqueue(charge, 1)
            task = asyncio.create_task(late())
            await asyncio.sleep(0)
        ended.set()
        await task

    asyncio.run(main())
    assert [intent.args for intent in scope.intents] == [(1,)]
    assert scope._buffer == []


def test_child_tasks_enqueue_into_the_scope_they_were_started_in(charge, recorder):
    async def child(number):
        await asyncio.sleep(0)
        airlock.enqueue(charge, number)

    async def main():
        async with airlock.scope():
            await asyncio.gather(*(child(number) for number in range(5)))
            await asyncio.to_thread(airlock.enqueue, charge, 5)
            assert recorder.calls == []

    asyncio.run(main())
    assert recorder.args == [(number,) for number in range(6)]


def test_two_hundred_interleaved_units_never_see_each_other():
    async def unit(number):
        async with airlock.scope(executor=lambda intent: None) as outer:
            for step in range(3):
                async with airlock.scope():
                    airlock.enqueue(print, number, step)
                    await asyncio.sleep(0)
        assert [intent.args for intent in outer.dispatched] == [(number, step) for step in range(3)]

    async def main():
        await asyncio.gather(*(unit(number) for number in range(200)))

    asyncio.run(main())


def test_a_scope_may_be_left_in_another_context(charge, recorder):
    entered = contextvars.copy_context()
    scope = entered.run(Scope().enter)
    entered.run(airlock.enqueue, charge)
    with airlock.scope() as other:
        scope.__exit__(None, None, None)
        assert airlock.get_current_scope() is other
    assert recorder.names == ["charge"]


def test_a_scope_may_be_left_in_a_copy_of_its_context(charge, recorder):
    def enter_here_and_leave_in_a_copy():
        scope = Scope().enter()
        airlock.enqueue(charge)
        contextvars.copy_context().run(scope.__exit__, None, None, None)

    contextvars.copy_context().run(enter_here_and_leave_in_a_copy)
    assert recorder.names == ["charge"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_forked_child_can_leave_a_scope_although_its_parents_threads_were_leaving_theirs():
    """A worker that forks while other threads hold the library's lock must not inherit it held."""
    program = """
import os, threading, airlock
from airlock._lock import guard
held, done = threading.Event(), threading.Event()
def hold():
    with guard.lock:
        held.set()
        done.wait()
thread = threading.Thread(target=hold)
thread.start()
held.wait()
child = os.fork()
if child == 0:
    with airlock.scope():
        airlock.enqueue(print, "from the child", flush=True)
    os._exit(0)
_, status = os.waitpid(child, 0)
done.set()
thread.join()
print("status", status)
"""
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", program]
    finished = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert finished.stdout == "from the child\nstatus 0\n"


def test_a_new_process_starts_with_a_new_lock():
    before = _lock.guard.lock
    _lock._renew()
    assert _lock.guard.lock is not before


class TestGevent:
    """With everything patched, in a process of its own."""

    def run(self, program):
        pytest.importorskip("gevent")
        source = "from gevent import monkey; monkey.patch_all()\nimport gevent, airlock, contextvars\n" + program
        command = [sys.executable, "-c", source]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout

    def test_greenlets_keep_to_themselves(self):
        program = """
def unit(number):
    with airlock.scope(executor=lambda intent: None) as scope:
        for step in range(10):
            airlock.enqueue(print, number, step)
            gevent.sleep(0)
    return [intent.args for intent in scope.dispatched] == [(number, step) for step in range(10)]

greenlets = [gevent.spawn(unit, number) for number in range(50)]
gevent.joinall(greenlets, raise_error=True)
print(sum(greenlet.value for greenlet in greenlets))
"""
        assert self.run(program) == "50\n"

    def test_a_greenlet_joins_the_scope_of_its_parent_only_with_a_copied_context(self):
        program = """
def unit():
    gevent.sleep(0)
    try:
        airlock.enqueue(print, "sent")
    except airlock.NoScopeError:
        print("no scope")

with airlock.scope():
    gevent.spawn(unit).join()
    gevent.spawn(contextvars.copy_context().run, unit).join()
"""
        assert self.run(program) == "no scope\nsent\n"
