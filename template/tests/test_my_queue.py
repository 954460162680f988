"""What is sent is run by a worker of the queue."""

import airlock
from airlock.integrations.executors.my_queue._queue import Queue


def test_a_task_runs_when_its_scope_has_ended_and_a_worker_works() -> None:
    queue = Queue()
    seen: list[int] = []
    remember = queue.task(seen.append)

    with airlock.scope(executor="my-queue"):
        airlock.enqueue(remember, 7)
        queue.work()
        assert not seen
    queue.work()

    assert seen == [7]


def test_a_delayed_task_stays_in_the_queue() -> None:
    queue = Queue()
    remember = queue.task(print)

    with airlock.scope(executor="my-queue") as scope:
        intent = airlock.options(delay=60).enqueue(remember, 7)
    queue.work()

    assert [message.id for message in queue.messages] == [str(intent.id)]
    assert scope.results[intent].delay == 60
