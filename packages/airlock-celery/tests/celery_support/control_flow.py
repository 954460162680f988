"""Every way in which Celery sends messages of its own, as tasks that a worker runs."""

from collections.abc import Callable
from typing import Any

from celery import Task, chain, chord, group

from celery_support.scoped_app import app, die_first, fail, mark, record

Pattern = Callable[[str], object]

PATTERNS: dict[str, Pattern] = {}


def pattern(function: Pattern) -> Pattern:
    """Enter a pattern in the table."""
    PATTERNS[function.__name__] = function
    return function


@app.task
def drive(run: str, name: str) -> None:
    """Do what a pattern says, in the body of a task."""
    PATTERNS[name](run)


def event(run: str, name: str) -> Any:
    """Return the signature of a task that only happens."""
    return mark.s(run=run, event=name)


@app.task(bind=True, max_retries=3)
def retried(self: Task, run: str, throw: bool = True) -> None:
    record(run, f"attempt {self.request.retries}")
    if self.request.retries < 2:
        self.retry(countdown=0, throw=throw)


@app.task(bind=True, autoretry_for=(KeyError,), retry_kwargs={"countdown": 0, "max_retries": 2})
def autoretried(self: Task, run: str, times: int = 2) -> None:
    record(run, f"attempt {self.request.retries}")
    if self.request.retries < times:
        raise KeyError("again")


class OfClass(Task):
    name = "celery_support.control_flow.of_class"
    autoretry_for = (KeyError,)
    retry_kwargs = {"countdown": 0}  # noqa: RUF012

    def run(self, run: str) -> None:
        record(run, f"attempt {self.request.retries}")
        if not self.request.retries:
            raise KeyError("again")


class OfAppClass(app.Task):  # type: ignore[name-defined,misc]
    name = "celery_support.control_flow.of_app_class"
    autoretry_for = (KeyError,)
    retry_kwargs = {"countdown": 0}  # noqa: RUF012
    run = OfClass.run


of_class = app.register_task(OfClass())
of_app_class = app.register_task(OfAppClass())


@app.task(bind=True)
def replaced(self: Task, run: str, by_group: bool = False) -> None:
    record(run, "replacing")
    sig = event(run, "replacement")
    raise self.replace(group(sig, sig) if by_group else sig)


@app.task(bind=True)
def extending(self: Task, run: str) -> str:
    self.add_to_chord(event(run, "added"))
    record(run, "extending")
    return "extending"


@app.task
def count(results: list[Any], run: str) -> None:
    record(run, f"body of {len(results)}")


@app.task(acks_late=True, reject_on_worker_lost=True)
def dying(run: str) -> None:
    die_first(run)
    record(run, "alive")


@app.task(retry_on_worker_lost=True, default_retry_delay=0, max_retries=2)
def reviving(run: str) -> None:
    die_first(run)
    record(run, "alive again")


@app.task
def errback(request: Any, error: Exception, traceback: Any, run: str) -> None:
    record(run, "errback")


@app.task
def old_errback(failed: str, *, run: str) -> None:
    record(run, "old errback")


@pattern
def delay(run: str) -> None:
    mark.delay(run=run, event="a")


@pattern
def apply_async(run: str) -> None:
    mark.apply_async(kwargs={"run": run, "event": "a"}, countdown=0.1)
    mark.apply_async((1, 2), {"run": run, "event": "b"}, task_id=f"{run}-id", queue=app.conf.task_default_queue)


@pattern
def lone_signature(run: str) -> None:
    event(run, "a").delay()
    event(run, "b").apply_async(countdown=0.1)


@pattern
def send_task(run: str) -> None:
    app.send_task(mark.name, kwargs={"run": run, "event": "a"})


@pattern
def apply(run: str) -> None:
    mark.apply(kwargs={"run": run, "event": "a"}, link=event(run, "linked"))


@pattern
def retry(run: str) -> None:
    retried.apply_async((run,), task_id=f"{run}-id")


@pattern
def retry_without_throw(run: str) -> None:
    retried.delay(run, throw=False)


@pattern
def retry_with_link(run: str) -> None:
    retried.apply_async((run,), link=event(run, "linked").set(immutable=True))


@pattern
def retry_in_chain(run: str) -> None:
    chain(retried.si(run), event(run, "next")).delay()


@pattern
def autoretry(run: str) -> None:
    autoretried.delay(run)


@pattern
def autoretry_gives_up(run: str) -> None:
    autoretried.apply_async((run, 9), task_id=f"{run}-id", link_error=errback.s(run=run))


@pattern
def autoretry_of_classes(run: str) -> None:
    of_class.delay(run)
    of_app_class.delay(run)


@pattern
def replace(run: str) -> None:
    replaced.apply_async((run,), task_id=f"{run}-id")


@pattern
def replace_by_group_in_chain(run: str) -> None:
    chain(replaced.si(run, by_group=True), event(run, "next")).delay()


@pattern
def add_to_chord(run: str) -> None:
    chord([extending.si(run), event(run, "a")], count.s(run=run)).delay()


@pattern
def link(run: str) -> None:
    mark.apply_async(kwargs={"run": run, "event": "a"}, link=event(run, "linked"))


@pattern
def several_links(run: str) -> None:
    third = event(run, "third")
    links = [event(run, "first"), event(run, "second"), group(third, third)]
    mark.apply_async(kwargs={"run": run, "event": "a"}, link=links)


@pattern
def link_error(run: str) -> None:
    fail.apply_async(kwargs={"run": run}, link_error=[errback.s(run=run), old_errback.s(run=run)])


@pattern
def chain_of_three(run: str) -> None:
    chain(event(run, "a"), event(run, "b"), event(run, "c")).delay()


@pattern
def chain_of_groups(run: str) -> None:
    (event(run, "a") | group(event(run, "b"), event(run, "c")) | event(run, "d")).apply_async()


@pattern
def chain_that_fails(run: str) -> None:
    chain(event(run, "a"), fail.si(run=run), event(run, "never")).apply_async(link_error=errback.s(run=run))


@pattern
def group_of_two(run: str) -> None:
    group(event(run, "a"), event(run, "b")).delay()


@pattern
def chord_of_two(run: str) -> None:
    chord([event(run, "a"), event(run, "b")])(count.s(run=run))


@pattern
def chord_of_none(run: str) -> None:
    chord([])(count.s(run=run))


@pattern
def chord_of_chains(run: str) -> None:
    chord([chain(event(run, "a"), event(run, "b")), event(run, "c")], count.s(run=run)).apply_async()


@pattern
def chord_that_fails(run: str) -> None:
    chord([event(run, "a"), fail.s(run=run)], count.s(run=run).on_error(errback.s(run=run))).apply_async()


@pattern
def chord_unlock(run: str) -> None:
    result = group(event(run, "a"), event(run, "b")).apply_async()
    body = polled.s(run=run)
    body.freeze()
    app.backend.fallback_chord_unlock(result, body, countdown=0.2)


@app.task
def polled(results: list[Any], run: str) -> None:
    record(run, f"polled body of {len(results)}")


@app.task
def item(run: str, value: str) -> str:
    record(run, value)
    return value


@app.task
def pair(pair: list[str]) -> None:
    record(*pair)


@pattern
def map_over_two(run: str) -> None:
    pair.map([(run, "a"), (run, "b")]).delay()


@pattern
def starmap_over_two(run: str) -> None:
    item.starmap([(run, "a"), (run, "b")]).apply_async()


@pattern
def chunks_of_two(run: str) -> None:
    item.chunks([(run, "a"), (run, "b"), (run, "c")], 2).apply_async()


@pattern
def worker_lost(run: str) -> None:
    dying.delay(run)


@pattern
def worker_lost_and_retried(run: str) -> None:
    reviving.delay(run)


app.conf.beat_schedule = {
    "beat": {
        "task": mark.name,
        "schedule": 0.5,
        "kwargs": {"run": f"{app.conf.task_default_queue}:run:beat", "event": "tick"},
    }
}
