"""The ways in which messages are sent: as a transaction, as a pipeline, or one by one, whichever the broker has."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import groupby
from typing import Any, Final, NoReturn
from weakref import WeakSet

from airlock import Intent
from airlock._restoring import restored
from airlock.integrations.executors import Prepared, mark_uncertain
from airlock.integrations.executors.celery._brokers import (
    ANSWER_TIMEOUT,
    confirms_publishes,
    connect,
    ensure,
    producer_of,
)
from airlock.integrations.executors.celery._library import broker_errors, library
from airlock.integrations.executors.celery._message import Message

Run = Sequence[Prepared[Message]]
Way = Callable[[Any, Any, Run], Iterator[Any]]

MOST: Final = 1_000
"""How many messages a pipeline holds at most."""

LARGEST: Final = 4_000_000
"""How many bytes a pipeline holds at most, unless one message is larger."""

_COMMIT_TIME: Final = 0.001
"""How many seconds longer RabbitMQ may take to commit, for each message, since it writes them to disk."""

_DECLARATIONS: Final = (40, 50)
"""The classes of AMQP's methods that declare exchanges and queues."""

_logger = logging.getLogger("airlock")
_warned: WeakSet[Any] = WeakSet()


def send_all(batch: Run) -> Iterator[Any]:
    """Send messages in order, those that follow each other and belong to one app together."""
    for app, run in groupby(batch, key=lambda prepared: prepared.message.app):
        if app.conf.task_always_eager:
            yield from _call(list(run))
        else:
            yield from _send_to(app, list(run))


def _call(run: Run) -> Iterator[Any]:
    """Let Celery run each task here, as the app is configured to."""
    for prepared in run:
        # There is no message to carry anything.
        with restored(prepared.intent.context):
            handle = prepared.message.send()
        yield handle


def _send_to(app: Any, run: Run) -> Iterator[Any]:
    with producer_of(app) as producer:
        connect(app, producer)
        way = _way(app, producer, run)
        for is_one, part in groupby(run, key=lambda prepared: prepared.message.is_one):
            if is_one:
                yield from way(app, producer, list(part))
            else:
                yield from _canvas(list(part))


def _way(app: Any, producer: Any, run: Run) -> Way:
    if hasattr(producer.channel, "tx_select"):
        if confirms_publishes(app):
            return _in_transaction
        _warn(app)
        return _acknowledged
    if len(run) > 1 and getattr(producer, "supports_batch_publish", False):
        return _in_pipelines
    return _one_by_one


def _in_pipelines(app: Any, producer: Any, run: Run) -> Iterator[Any]:
    """Send many messages in one round trip; one that cannot be sent keeps its whole pipeline back."""
    for chunk in _chunks(run):
        intents = [prepared.intent for prepared in chunk]
        handles: list[Any] = []
        try:
            # It must not flush on its own, in the middle of a chunk.
            with producer.batch(max_size=len(chunk) * LARGEST):
                handles += (_send(prepared, producer=producer, retry=False) for prepared in chunk)
        except broker_errors() as error:
            if len(handles) == len(chunk):
                mark_uncertain(error, intents)
            raise
        yield from handles


def _chunks(run: Run) -> Iterator[Run]:
    chunk: list[Prepared[Message]] = []
    size = 0
    for prepared in run:
        if chunk and (len(chunk) == MOST or size + prepared.message.size > LARGEST):
            yield chunk
            chunk, size = [], 0
        chunk.append(prepared)
        size += prepared.message.size
    yield chunk


def _in_transaction(app: Any, producer: Any, run: Run) -> Iterator[Any]:
    """Send all or nothing. No other code uses this connection, so its channel may stay transactional."""
    ensure(app, producer, lambda: producer.channel.tx_select())
    try:
        with _patience(producer, len(run)):
            # A retry would reconnect, and go on without what was sent before and has not arrived.
            handles = [_send(prepared, producer=producer, retry=False) for prepared in run]
            _commit(producer, run)
    except _channel_error() as error:
        producer.connection.collect()
        if len(run) == 1 or isinstance(error, broker_errors()):
            raise
    except BaseException:
        producer.connection.collect()
        raise
    else:
        yield from handles
        return
    # The broker has refused one of the messages, and does not say which. Nothing has arrived.
    for prepared in run:
        producer.revive(producer.connection)
        yield from _in_transaction(app, producer, [prepared])


def _commit(producer: Any, run: Run) -> None:
    try:
        producer.channel.tx_commit()
    except library("amqp.exceptions").PreconditionFailed as error:
        # Some queues have taken their messages, others not.
        if "partial" not in str(error):
            raise
        _fail(error, run)
    except producer.connection.recoverable_connection_errors as error:
        _fail(error, run)


def _acknowledged(app: Any, producer: Any, run: Run) -> Iterator[Any]:
    """Send, and ask for something: RabbitMQ answers only after it has seen to all that came before on the channel."""

    def ask() -> None:
        producer.channel.basic_qos(0, 0, False)

    ensure(app, producer, ask)
    connection = producer.connection
    lost: tuple[type[Exception], ...] = (*broker_errors(), *connection.recoverable_connection_errors, _channel_error())
    handles: list[Any] = []
    failure: Exception | None = None
    try:
        with _patience(producer, len(run)):
            for prepared in run:
                try:
                    handles.append(_send(prepared, producer=producer, retry=False))
                except lost as error:
                    # An answer to a declaration says that what was published before has arrived, and this was not.
                    if not _is_about_declaration(error):
                        raise
                    failure = error
                    break
                except Exception as error:
                    failure = error
                    break
            if not isinstance(failure, _channel_error()):
                ask()
    except lost as error:
        connection.collect()
        if len(run) == 1 and isinstance(error, _channel_error()):
            _blame(error, run[0].intent)
            raise
        _fail(error, run[: len(handles) + 1])
    except BaseException:
        connection.collect()
        raise
    if isinstance(failure, _channel_error()):
        connection.collect()
    yield from handles
    if failure is not None:
        raise failure


def _fail(error: Exception, run: Run) -> NoReturn:
    failure = library("kombu.exceptions").OperationalError(f"RabbitMQ has not answered for what was sent: {error}")
    mark_uncertain(failure, [prepared.intent for prepared in run])
    raise failure from error


def _channel_error() -> type[Exception]:
    found: type[Exception] = library("amqp.exceptions").ChannelError
    return found


def _is_about_declaration(error: Exception) -> bool:
    """Return whether a broker has refused to declare an exchange or a queue."""
    answer: Any = error
    return isinstance(error, _channel_error()) and answer.method_sig[0] in _DECLARATIONS


def _patience(producer: Any, count: int) -> AbstractContextManager[Any]:
    """Give the broker time in proportion to what it has to write."""
    transport = getattr(producer.connection.connection, "transport", None)
    timeout = ANSWER_TIMEOUT + count * _COMMIT_TIME
    return nullcontext() if transport is None else transport.having_timeout(timeout)


def _one_by_one(app: Any, producer: Any, run: Run) -> Iterator[Any]:
    for prepared in run:
        try:
            handle = _send(prepared, producer=producer)
        except broker_errors() as error:
            mark_uncertain(error, [prepared.intent])
            raise
        yield handle


def _canvas(run: Run) -> Iterator[Any]:
    """Send what becomes any number of messages, some of them in another process, by Celery's own connections."""
    for prepared in run:
        try:
            handle = _send(prepared)
        except broker_errors() as error:
            mark_uncertain(error, [prepared.intent])
            raise
        yield handle


def _send(prepared: Prepared[Message], **more: Any) -> Any:
    try:
        return prepared.message.send(**more)
    except broker_errors():
        raise
    except Exception as error:
        _blame(error, prepared.intent)
        raise


def _blame(error: Exception, intent: Intent) -> None:
    """Say which intent is bad: the ones before it in its batch have not been sent either."""
    vars(error).setdefault("intent", intent)


def _warn(app: Any) -> None:
    if app not in _warned:
        _warned.add(app)
        _logger.warning(
            "RabbitMQ does not confirm what %r publishes: messages can be lost without an error. "
            'Set broker_transport_options = {"confirm_publish": True}.',
            app,
        )
