"""Every way in which Dramatiq sends messages of its own, as actors that a worker runs."""

import asyncio
from collections.abc import Callable
from typing import Any

from dramatiq import GenericActor, Message, Retry, group, pipeline
from dramatiq.middleware import CurrentMessage
from dramatiq.rate_limits import ConcurrentRateLimiter
from dramatiq.rate_limits.backends import RedisBackend

from dramatiq_support import actors
from dramatiq_support.scoped_app import actor, broker, fail, mark, once, queue, record, retries

__all__ = ["broker"]

Pattern = Callable[[str], object]

PATTERNS: dict[str, Pattern] = {}


def pattern(function: Pattern) -> Pattern:
    """Enter a pattern in the table."""
    PATTERNS[function.__name__] = function
    return function


@actor
def drive(run: str, wanted: str) -> None:
    """Do what a pattern says, in an actor."""
    PATTERNS[wanted](run)


def event(run: str, name: str, **options: Any) -> Any:
    """Return a message that only makes something happen."""
    return mark.message_with_options(kwargs={"run": run, "event": name}, **options)


@actor(max_retries=3)
def retried(*_: Any, run: str, ask: bool = False) -> None:
    record(run, f"attempt {retries()}")
    if retries() < 2:
        raise Retry("again", delay=1) if ask else KeyError("again")


# Not in the oldest version.
EXHAUSTED: dict[str, Any] = {"on_retry_exhausted": "exhausted"} if "on_retry_exhausted" in broker.actor_options else {}


@actor(max_retries=1, **EXHAUSTED)
def hopeless(run: str) -> None:
    record(run, f"attempt {retries()}")
    raise KeyError("again")


@actor
def exhausted(message: dict[str, Any], counts: dict[str, Any]) -> None:
    record(message["kwargs"]["run"], f"exhausted after {counts['retries']}")


@actor(max_retries=5, throws=(KeyError,))
def throwing(run: str) -> None:
    record(run, "throwing")
    raise KeyError("for good")


@actor(retry_when=lambda count, error: count < 1)
def retried_when(run: str) -> None:
    record(run, f"attempt {retries()}")
    raise KeyError("again")


@actor
def succeeded(message: dict[str, Any], result: Any) -> None:
    record(message["kwargs"]["run"], f"succeeded: {result}")


@actor
def failed(message: dict[str, Any], error: dict[str, Any]) -> None:
    record(message["kwargs"]["run"], f"failed: {error['type']}")


@actor
def collect(*parts: str, run: str, event: str) -> str:
    """Add something to what came before, and write it down."""
    text = "".join((*parts, event))
    record(run, text)
    return text


@actor(store_results=True)
def square(number: int, run: str) -> int:
    return number * number


@actor(max_retries=30)
def limited(run: str) -> None:
    limiter = ConcurrentRateLimiter(RedisBackend(url=actors.REDIS_URL), f"{queue}:{run}:limiter", limit=1)
    with limiter.acquire():
        if not retries() and once(f"{run}:rate"):
            with limiter.acquire():
                raise AssertionError("two at once")
    record(run, "within the limit")


@actor
def current(run: str) -> None:
    message: Any = CurrentMessage.get_current_message()
    record(run, f"{message.actor_name} {message.kwargs['run'] == run}")


@actor(max_retries=3)
async def coroutine(*_: Any, run: str) -> str:
    await asyncio.sleep(0.01)
    message: Any = CurrentMessage.get_current_message()
    record(run, f"attempt {retries()} of {message.actor_name}")
    if not retries():
        raise KeyError("again")
    return "awaited"


class OfClass(GenericActor):
    """An actor that is written as a class."""

    class Meta:
        broker = broker
        queue_name = queue
        max_retries = 3
        min_backoff = 1
        max_backoff = 1

    def perform(self, run: str) -> None:
        record(run, f"attempt {retries()}")
        if not retries():
            raise KeyError("again")


@actor
def returns(run: str) -> str:
    return "a"


@actor
def marks_itself(run: str) -> str:
    record(run, "marking")
    message: Any = CurrentMessage.get_current_message()
    message.fail()
    return "never passed on"


@pattern
def send(run: str) -> None:
    mark.send(run=run, event="a")
    mark.send_with_options(kwargs={"run": run, "event": "b"}, delay=50)
    broker.enqueue(event(run, "c"))
    broker.enqueue(event(run, "d"), delay=50)


@pattern
def retry(run: str) -> None:
    retried.send(run=run)


@pattern
def retry_asked_for(run: str) -> None:
    retried.send(run=run, ask=True)


@pattern
def retries_exhausted(run: str) -> None:
    hopeless.send(run=run)


@pattern
def throws(run: str) -> None:
    throwing.send(run=run)


@pattern
def retry_when(run: str) -> None:
    retried_when.send(run=run)


@pattern
def on_success(run: str) -> None:
    returns.send_with_options(kwargs={"run": run}, on_success=succeeded)


@pattern
def on_failure(run: str) -> None:
    fail.send_with_options(kwargs={"run": run}, on_failure=failed)


@pattern
def pipeline_of_three(run: str) -> None:
    first, second, third = (collect.message(run=run, event=name) for name in "abc")
    (first | second | third).run()


@pattern
def pipeline_that_ignores(run: str) -> None:
    ignoring = collect.message_with_options(kwargs={"run": run, "event": "b"}, pipe_ignore=True)
    pipeline([collect.message(run=run, event="a"), ignoring], broker=broker).run(delay=20)


@pattern
def pipeline_that_fails(run: str) -> None:
    (event(run, "a") | fail.message(run=run) | event(run, "never")).run()


@pattern
def pipeline_that_is_marked(run: str) -> None:
    (marks_itself.message(run=run) | event(run, "never")).run()


@pattern
def pipeline_that_retries(run: str) -> None:
    (event(run, "a") | retried.message(run=run) | event(run, "next")).run()


@pattern
def pipeline_that_awaits(run: str) -> None:
    (coroutine.message(run=run) | collect.message(run=run, event=" and passed on")).run()


@pattern
def pipeline_with_delays(run: str) -> None:
    (event(run, "a") | event(run, "b", delay=50)).run()


@pattern
def group_of_two(run: str) -> None:
    group([event(run, "a"), event(run, "b")], broker=broker).run()


@pattern
def group_with_callback(run: str) -> None:
    members = group([event(run, "a"), retried.message(run=run)], broker=broker)
    members.add_completion_callback(event(run, "all done"))
    members.run()


@pattern
def group_that_fails(run: str) -> None:
    members = group([event(run, "a"), fail.message(run=run)], broker=broker)
    members.add_completion_callback(event(run, "never"))
    members.run()


@pattern
def group_of_pipelines(run: str) -> None:
    first, second, third, fourth = (collect.message(run=run, event=name) for name in "abcd")
    members = group([first | second, third | fourth], broker=broker)
    members.add_completion_callback(event(run, "all done"))
    members.run()


@pattern
def results(run: str) -> None:
    members = group([square.message(number, run=run) for number in (1, 2, 3)], broker=broker).run()
    record(run, f"results {sorted(members.get_results(block=True, timeout=30_000))}")


@pattern
def result_of_pipeline(run: str) -> None:
    made = (square.message(2, run=run) | square.message(run=run)).run()
    record(run, f"result {made.get_result(block=True, timeout=30_000)}")


@pattern
def rate_limit(run: str) -> None:
    limited.send(run=run)


@pattern
def skip(run: str) -> None:
    mark.send(run=run, event="never", skip=True)
    mark.send_with_options(kwargs={"run": run, "event": "too old"}, max_age=1, delay=200)


@pattern
def current_message(run: str) -> None:
    current.send(run=run)


@pattern
def async_actor(run: str) -> None:
    coroutine.send(run=run)


@pattern
def actor_of_class(run: str) -> None:
    OfClass.send(run=run)


@pattern
def unknown_actor(run: str) -> None:
    broker.enqueue(Message(queue, "nobody", (), {"run": run}, {}))
