"""Publishing a lot of messages, and finding out what became of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar, cast

from dramatiq.errors import ConnectionClosed
from pika.adapters.utils.connection_workflow import AMQPConnectorException
from pika.channel import Channel
from pika.exceptions import AMQPError, ChannelClosedByBroker

from airlock.integrations.executors import mark_uncertain
from airlock.integrations.executors.dramatiq._notes import Note

T = TypeVar("T")

# As often as Dramatiq itself tries.
_ATTEMPTS = 6


def publish(broker: Any, lot: Sequence[Note]) -> bool:
    """Publish a lot and return whether the server has taken it; what finds no queue goes again.

    Returns:
        `False` if the server has refused it, and delivered nothing of it.

    Raises:
        ConnectionClosed: The connection was lost; what may have arrived is marked.
    """
    waiting = list(lot)
    for _ in range(_ATTEMPTS):
        returned = _Attempt(broker, waiting).run()
        if returned is None:
            return False
        waiting = [note for note in waiting if note.content["body"] in returned]
        if not waiting:
            return True
        for queue in {note.piece.message.queue_name for note in waiting}:
            broker.queues_pending.add(queue)
            broker.declare_queue(queue, ensure=True)
    homeless = _closed("RabbitMQ has no queue for some messages, although it has just been declared")
    mark_uncertain(homeless, [note.piece.intent for note in lot])
    raise homeless


def connected(broker: Any, work: Callable[[], T]) -> T:
    """Return what comes of the first steps on a connection, on a new one if the old one turns out to be dead.

    Raises:
        ConnectionClosed: There is no connection to be had, and nothing was sent.
    """
    attempt = 1
    while True:
        try:
            return work()
        except (AMQPConnectorException, AMQPError, OSError) as error:
            # Whoever asks the broker next gets a new one.
            del broker.connection
            # What is none of the usual errors has taken its time already.
            if attempt == _ATTEMPTS or not isinstance(error, AMQPError):
                raise _closed(error) from error
            attempt += 1


class _Attempt:
    """One attempt to publish a lot."""

    def __init__(self, broker: Any, lot: Sequence[Note]) -> None:
        self._broker = broker
        self._lot = lot
        self._is_transaction = bool(broker.confirm_delivery)
        # What is published outside a transaction may arrive from its first byte on.
        self._may_arrive = False
        self._returned: set[bytes] = set()

    def run(self) -> set[bytes] | None:
        """Return the messages that found no queue; nothing if the server has refused the lot."""
        try:
            self._publish(connected(self._broker, self._open))
        except ChannelClosedByBroker as error:
            if self._may_arrive:
                self._lose(error)
            return None
        except BaseException as error:
            self._lose(error)
        return self._returned

    def _open(self) -> Any:
        """Return a channel on a connection that has just shown that it is alive."""
        if not self._is_transaction:
            self._broker.connection.process_data_events(0)
            return self._broker.channel
        channel = self._broker.connection.channel()
        channel.tx_select()
        channel.add_on_return_callback(self._take_back)
        return channel

    def _publish(self, channel: Any) -> None:
        self._may_arrive = not self._is_transaction
        write = _buffered(channel)
        for note in self._lot:
            write(**{**note.content, "mandatory": self._is_transaction})
        # The answer to this says that the server has read everything before it, and found nothing wrong.
        channel.basic_qos()
        if self._is_transaction:
            self._may_arrive = True
            channel.tx_commit()
            self._broker.connection.process_data_events(0)
            with suppress(AMQPError):
                channel.close()

    def _take_back(self, *message: Any) -> None:
        self._returned.add(message[-1])

    def _lose(self, error: BaseException) -> None:
        with suppress(AMQPError):
            del self._broker.connection
        lost = _closed(error) if isinstance(error, AMQPError) else error
        if self._may_arrive:
            mark_uncertain(lost, [note.piece.intent for note in self._lot])
        if lost is error:
            raise error
        raise lost from error


def _closed(reason: object) -> ConnectionClosed:
    """Return what Dramatiq raises for every error of pika's."""
    return cast("Callable[[object], ConnectionClosed]", ConnectionClosed)(reason)


def _buffered(channel: Any) -> Callable[..., None]:
    """Return what publishes without flushing each message, which is most of the work; a private name of pika's."""
    inner = getattr(channel, "_impl", None)
    write: Callable[..., None] = inner.basic_publish if isinstance(inner, Channel) else channel.basic_publish
    return write
