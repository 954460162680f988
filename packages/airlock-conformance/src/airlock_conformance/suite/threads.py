"""One executor, many threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, Final

import airlock
from airlock import Executor, Scope
from airlock_conformance import tasks
from airlock_conformance.suite._hooks import Hooks

THREADS: Final = 8
SCOPES: Final = 5
INTENTS: Final = 4


class ThreadTests(Hooks):
    """An executor is shared by all threads of a process."""

    def test_an_executor_may_be_used_in_a_thread_that_did_not_make_it(self, executor: Executor) -> None:
        """A flush in another thread works like any other, after one in this thread.

        If it fails, check for a connection that is bound to the thread that opened it: keep one for each thread.
        """
        task = self.make_task(tasks.note)
        _flush(executor, task, 0)
        with ThreadPoolExecutor(1) as pool:
            pool.submit(_flush, executor, task, 1).result(self.patience)
        assert self.arrived_numbers(2 * INTENTS) == [0] * INTENTS + [1] * INTENTS

    def test_threads_neither_lose_nor_mix_what_they_send(self, executor: Executor) -> None:
        """Of threads that flush at the same time every message arrives once, each thread's own in order.

        If it fails, check for state on the executor, and for connections and channels that are not safe to share.
        """
        task = self.make_task(tasks.note)
        barrier = Barrier(THREADS)

        def work(thread: int) -> None:
            barrier.wait(self.patience)
            for turn in range(SCOPES):
                _flush(executor, task, thread, turn)

        with ThreadPoolExecutor(THREADS) as pool:
            for future in [pool.submit(work, thread) for thread in range(THREADS)]:
                future.result(self.patience + self.blocking)
        arrived = [tuple(message.args) for message in self.arrivals(THREADS * SCOPES * INTENTS)]
        for thread in range(THREADS):
            own = [args for args in arrived if args[0] == thread]
            assert own == [(thread, turn, number) for turn in range(SCOPES) for number in range(INTENTS)]


def _flush(executor: Executor, task: Any, thread: int, turn: int = 0) -> None:
    with Scope(executor=executor):
        for number in range(INTENTS):
            airlock.enqueue(task, thread, turn, number)
