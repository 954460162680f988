"""A connection to Redis on which commands go out before the replies to earlier ones are in."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from inspect import signature
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

from dramatiq import Broker
from redis import Connection, ConnectionPool, Redis, SSLConnection, UnixDomainSocketConnection
from redis.exceptions import ResponseError

Command: TypeAlias = Sequence[bytes | int | str]

SILENCE = 5.0
"""How many seconds to wait for a silent server where the broker's own client would wait for ever."""

_TIMEOUTS = ("socket_timeout", "socket_connect_timeout")
_CONNECTIONS = (Connection, SSLConnection, UnixDomainSocketConnection)
_POOL_SETTINGS = {"cache", "cache_config", "event_dispatcher", "maint_notifications_config", "max_connections"}

_patient: WeakKeyDictionary[Broker, tuple[Any, Any]] = WeakKeyDictionary()


class Line:
    """Sends commands and receives replies, in one order, and never sends anything twice."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._encoded: dict[bytes | int | str, bytes] = {}

    def send(self, commands: Sequence[Command]) -> None:
        """Send commands; their replies are to be received in the same order."""
        packed = b"".join(map(self._pack, commands))
        # Checking the connection's health now would take replies for its own.
        self._connection.send_packed_command([packed], check_health=False)

    def receive(self) -> Any:
        """Return the reply to the next command, an exception where the server has refused it."""
        try:
            return self._connection.read_response()
        except ResponseError as error:
            return error

    def ask(self, command: Command) -> Any:
        """Send one command and return the reply to it, while no other is outstanding.

        Raises:
            ResponseError: The server has refused it.
        """
        self.send([command])
        reply = self.receive()
        if isinstance(reply, ResponseError):
            raise reply
        return reply

    def _pack(self, command: Command) -> bytes:
        """Return a command as Redis reads it; most arguments are the same in each of them."""
        encoded = self._encoded
        parts = [b"*%d\r\n" % len(command)]
        for argument in command:
            if type(argument) is bytes:
                parts.append(b"$%d\r\n%b\r\n" % (len(argument), argument))
                continue
            part = encoded.get(argument)
            if part is None:
                data = str(argument).encode()
                part = b"$%d\r\n%b\r\n" % (len(data), data)
                if len(encoded) < 1000:
                    encoded[argument] = part
            parts.append(part)
        return b"".join(parts)


@contextmanager
def open_line(broker: Any) -> Generator[Line]:
    """Take a connection from a broker's pool, and close it if something goes wrong with replies outstanding."""
    pool = _pool_of(broker)
    connection = _connect(pool)
    try:
        yield Line(connection)
    except BaseException:
        connection.disconnect()
        raise
    finally:
        pool.release(connection)


def can_open(broker: Any) -> bool:
    """Return whether a broker's pool and connections are of a kind that is known here."""
    pool = getattr(broker.client, "connection_pool", None)
    names = ("send_packed_command", "read_response", "disconnect")
    connection_class = getattr(pool, "connection_class", None)
    return isinstance(pool, ConnectionPool) and all(hasattr(connection_class, name) for name in names)


def _connect(pool: Any) -> Any:
    try:
        return pool.get_connection()
    except TypeError:
        # Releases before 5.3 want to know what for, and make no use of it.
        return pool.get_connection("EVALSHA")


def _pool_of(broker: Any) -> Any:
    """Return the broker's own pool, or one like it that does not wait for ever."""
    pool = broker.client.connection_pool
    settings = pool.connection_kwargs
    is_bounded = all(_timeout_of(pool, name) for name in _TIMEOUTS)
    if is_bounded or pool.connection_class not in _CONNECTIONS:
        return pool
    own, patient = _patient.get(broker, (None, None))
    if own is not pool:
        documented = {*signature(Redis).parameters, "path"} - _POOL_SETTINGS
        kept = {name: value for name, value in settings.items() if name in documented or name.startswith("ssl")}
        bounds = {name: kept.get(name) or SILENCE for name in _TIMEOUTS}
        make: Any = ConnectionPool
        patient = make(pool.connection_class, **{**kept, **bounds})
        _patient[broker] = pool, patient
    return patient


def _timeout_of(pool: Any, name: str) -> Any:
    """Return a timeout that was given, or the default of this release of Redis' client."""
    default = signature(Connection).parameters.get(name)
    return pool.connection_kwargs.get(name, None if default is None else default.default)
