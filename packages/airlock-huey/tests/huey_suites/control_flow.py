"""Every way in which Huey goes on from one task to another, as patterns for a worker to run.

The first argument of each task is the run, under which what happens is written down.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import huey
from huey import CancelExecution, RetryTask

import airlock

Pattern = Callable[[Any, Any, str], object]
PATTERNS: dict[str, Pattern] = {}
NEW = hasattr(huey, "chord")
"""Whether this Huey has groups, chords and timeouts."""


def pattern(function: Pattern) -> Pattern:
    """Enter a pattern in the table."""
    PATTERNS[function.__name__] = function
    return function


def add_tasks(made: Any) -> Any:
    """Give a Huey the tasks of all patterns, and return them by name."""
    log = made.log

    def happen(run: str, event: str) -> None:
        """Write down that an execution has come so far, and want an effect of it where there is a scope."""
        log.write(run, event)
        if airlock.get_current_scope() is not None:
            airlock.enqueue(effect, run, event)

    @made.task()
    def effect(run: str, event: str) -> None:
        log.write(run, f"effect of {event}")

    @made.task()
    def mark(run: str, event: str, *_: Any) -> str:
        happen(run, event)
        return event

    @made.task()
    def fail(run: str, *_: Any) -> None:
        happen(run, "failing")
        raise RuntimeError("as asked")

    @made.task()
    def errback(run: str, *errors: Any) -> None:
        happen(run, f"errback of {type(errors[-1]).__name__}")

    @made.task()
    def count(run: str, results: Any) -> int:
        happen(run, f"body of {len(results)}")
        return len(results)

    @made.task(context=True)
    def attempt(run: str, raised: Any = None, times: int = 1, task: Any = None) -> str:
        number = sum(line.startswith("attempt") for line in log.read(run))
        happen(run, f"attempt {number}")
        if number < times:
            raise KeyError(run) if raised is None else raised
        return type(task).__name__

    @made.task(retries=1)
    def locked(run: str) -> None:
        first = not log.read(run)
        happen(run, "first" if first else "second")
        with made.lock_task(run):
            if first:
                with made.lock_task(run):
                    raise AssertionError("two have the lock")

    @made.task(retries=1)
    def limited(run: str) -> None:
        first = not log.read(run)
        happen(run, "first" if first else "second")
        if first:
            with made.rate_limit(run, 0, 1):
                raise AssertionError("it is not limited")

    @made.task(context=True)
    def slow(run: str, task: Any = None) -> None:
        happen(run, "starting")
        while True:
            task.check_timeout()
            time.sleep(0.02)

    @made.task()
    def calling(run: str) -> None:
        mark(run, "sent at once")
        mark.call_local(run, "by hand")
        raise RuntimeError("as asked")

    @made.task()
    def unwanted(run: str) -> None:
        happen(run, "never")

    @made.periodic_task(lambda moment: True)
    def tick() -> None:
        happen("tick", "tick")

    @made.pre_execute()
    def refuse(task: Any) -> None:
        if task.name == "unwanted":
            raise CancelExecution

    @made.signal()
    def signalled(signal: str, task: Any, *_: Any) -> None:
        if task.args and task.name != "effect":
            log.write(f"{task.args[0]}.signals", f"{signal} {task.name}")

    return SimpleNamespace(**{name: found for name, found in locals().items() if hasattr(found, "task_class")})


@pattern
def call(made: Any, tasks: Any, run: str) -> None:
    tasks.mark(run, "a")


@pattern
def schedule(made: Any, tasks: Any, run: str) -> None:
    # Long enough for a busy consumer to find it before it is due, and to say so.
    tasks.mark.schedule((run, "a"), delay=4)


@pattern
def map_over_two(made: Any, tasks: Any, run: str) -> None:
    tasks.mark.map([(run, "a"), (run, "b")])


@pattern
def retries(made: Any, tasks: Any, run: str) -> None:
    made.enqueue(tasks.attempt.task_class((run,), {"times": 2}, retries=3))


@pattern
def retries_with_delay(made: Any, tasks: Any, run: str) -> None:
    made.enqueue(tasks.attempt.task_class((run,), retries=1, retry_delay=1))


@pattern
def retries_run_out(made: Any, tasks: Any, run: str) -> None:
    made.enqueue(tasks.attempt.task_class((run,), {"times": 9}, retries=1).error(tasks.errback.s(run)))


@pattern
def retries_in_pipeline(made: Any, tasks: Any, run: str) -> None:
    made.enqueue(tasks.attempt.task_class((run,), retries=1).then(tasks.mark, run, "next"))


@pattern
def retry_task(made: Any, tasks: Any, run: str) -> None:
    tasks.attempt(run, RetryTask("later"))


@pattern
def retry_task_with_delay(made: Any, tasks: Any, run: str) -> None:
    tasks.attempt(run, RetryTask("later", delay=1))


@pattern
def cancel(made: Any, tasks: Any, run: str) -> None:
    made.enqueue(tasks.attempt.task_class((run, CancelExecution()), {"times": 9}))


@pattern
def cancel_and_retry(made: Any, tasks: Any, run: str) -> None:
    tasks.attempt(run, CancelExecution(retry=True))


@pattern
def cancel_before(made: Any, tasks: Any, run: str) -> None:
    tasks.unwanted(run)
    tasks.mark(run, "after")


@pattern
def lock(made: Any, tasks: Any, run: str) -> None:
    tasks.locked(run)


@pattern
def expire(made: Any, tasks: Any, run: str) -> None:
    made.enqueue(tasks.mark.task_class((run, "never"), expires=datetime.now() - timedelta(days=1)))  # noqa: DTZ005
    tasks.mark(run, "after")


@pattern
def revoke(made: Any, tasks: Any, run: str) -> None:
    task = tasks.mark.s(run, "never")
    made.revoke(task)
    made.enqueue(task)
    tasks.mark(run, "after")


@pattern
def pipeline(made: Any, tasks: Any, run: str) -> None:
    made.enqueue(tasks.mark.s(run, "a").then(tasks.mark, run, "b").then(tasks.mark, run, "c"))


@pattern
def pipeline_that_fails(made: Any, tasks: Any, run: str) -> None:
    made.enqueue(tasks.fail.s(run).then(tasks.mark, run, "never").error(tasks.errback, run))


@pattern
def calls_in_a_task(made: Any, tasks: Any, run: str) -> None:
    tasks.calling(run)


if NEW:
    from huey import chord, group

    @pattern
    def group_of_two(made: Any, tasks: Any, run: str) -> None:
        made.enqueue(group([tasks.mark.s(run, "a"), tasks.mark.s(run, "b")]))

    @pattern
    def chord_of_two(made: Any, tasks: Any, run: str) -> None:
        made.enqueue(chord([tasks.mark.s(run, "a"), tasks.mark.s(run, "b")], tasks.count.s(run)))

    @pattern
    def chord_that_fails(made: Any, tasks: Any, run: str) -> None:
        made.enqueue(group([tasks.mark.s(run, "a"), tasks.fail.s(run)]).then(tasks.count, run))

    @pattern
    def chord_of_pipelines(made: Any, tasks: Any, run: str) -> None:
        first = tasks.mark.s(run, "a").then(tasks.mark, run, "b")
        made.enqueue(chord([first, tasks.mark.s(run, "c")], tasks.count.s(run)).then(tasks.mark, run, "d"))

    @pattern
    def timeout(made: Any, tasks: Any, run: str) -> None:
        made.enqueue(tasks.slow.task_class((run,), timeout=1).error(tasks.errback, run))

    @pattern
    def rate_limit(made: Any, tasks: Any, run: str) -> None:
        tasks.limited(run)
