"""The executor: what is this queue's own."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from airlock import Intent
from airlock.integrations.executors import Prepared, QueueExecutor
from airlock.integrations.executors.my_queue._queue import Message, Task, encode


class MyQueueExecutor(QueueExecutor[Message]):
    """Send tasks to the queue that each belongs to; a scope keeps the message of each."""

    kind = "tasks of MyQueue"
    options: Collection[str] = ("delay",)

    def accepts(self, task: object) -> bool:
        """Return whether a task is of this queue's kind."""
        return isinstance(task, Task)

    def prepare(self, intent: Intent) -> Message:
        """Return the message, with its arguments serialised."""
        arguments = encode([intent.args, dict(intent.kwargs)])
        return Message(str(intent.id), intent.task.name, arguments, float(intent.dispatch_options.get("delay", 0)))

    def serialise(self, intent: Intent, value: object) -> str:
        """Serialise one argument as the queue does."""
        return encode(value)

    def send(self, batch: Sequence[Prepared[Message]]) -> Iterator[Message]:
        """Put the messages into the queues of their tasks."""
        for intent, message in batch:
            intent.task.queue.messages.append(message)
            yield message


my_queue_executor: MyQueueExecutor = MyQueueExecutor()
