"""A proxy on loopback that loses connections when a test says so."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

_CHUNK = 65536
_TURN = 0.2
_ABORT = struct.pack("ii", 1, 0)


class CuttingProxy:
    """Forwards TCP connections to a server until it is told to cut them.

    Use it as a context manager, and let the code under test connect to `host` and `url_port`.

    Arguments:
        upstream_host: Where the server is.
        upstream_port: Its port.
    """

    host = "127.0.0.1"

    def __init__(self, upstream_host: str, upstream_port: int) -> None:
        self._upstream = (upstream_host, upstream_port)
        self._lock = threading.Lock()
        self._clients: set[socket.socket] = set()
        self._servers: set[socket.socket] = set()
        self._budget: int | None = None
        self._swallows = False
        self._has_cut = False
        self._closed = False
        self._client_bytes = 0
        self._listener: _Listener | None = None
        self._port = 0

    @property
    def url_port(self) -> int:
        """The port to put into a URL instead of the server's own."""
        return self._port

    @property
    def client_bytes(self) -> int:
        """How many bytes of clients were forwarded so far."""
        return self._client_bytes

    def cut_after_bytes(self, count: int) -> None:
        """Forward that many more bytes of the clients, none of the answers to them, then do what `cut_now` does."""
        with self._lock:
            self._budget = count

    def cut_now(self) -> None:
        """Reset every connection and refuse new ones until `restore`; the server still gets what was forwarded."""
        self.refuse()
        with self._lock:
            clients, self._clients = self._clients, set()
            servers, self._servers = self._servers, set()
        for client in clients:
            _abort(client)
        for server in servers:
            with suppress(OSError):
                server.shutdown(socket.SHUT_WR)

    def refuse(self) -> None:
        """Refuse new connections until `restore`; those that are open stay."""
        with self._lock:
            listener, self._listener = self._listener, None
        if listener is not None:
            listener.stop()

    def black_hole(self) -> None:
        """Accept everything, forward nothing and answer nothing until `restore`."""
        with self._lock:
            self._swallows = True

    def restore(self) -> None:
        """Be a proxy that loses nothing again, on the same port."""
        with self._lock:
            self._budget = None
            self._swallows = False
            self._has_cut = False
            if self._listener is None and not self._closed:
                self._listener = _Listener(self, self._port)
                self._port = self._listener.port

    def close(self) -> None:
        """Cut everything, for good."""
        self._closed = True
        self.cut_now()

    def __enter__(self) -> Self:
        self.restore()
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _connect(self, client: socket.socket) -> None:
        """Pass on a new connection, one thread for each direction."""
        try:
            server = socket.create_connection(self._upstream, timeout=5)
            # What is forwarded in small pieces must not wait for the answer to the piece before.
            server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError:
            _abort(client)
            return
        server.settimeout(None)
        with self._lock:
            self._clients.add(client)
            self._servers.add(server)
        for pump in (self._upwards, self._downwards):
            threading.Thread(target=pump, args=(client, server), name="cutting-proxy", daemon=True).start()

    def _upwards(self, client: socket.socket, server: socket.socket) -> None:
        """Forward what a client says, until it ends or is cut."""
        with suppress(OSError):
            while data := client.recv(_CHUNK):
                allowed, cut = self._allow(data)
                server.sendall(allowed)
                if cut:
                    self.cut_now()
                    return
        with suppress(OSError):
            server.shutdown(socket.SHUT_WR)

    def _downwards(self, client: socket.socket, server: socket.socket) -> None:
        """Forward what the server answers; read on after a cut, so that the server is not disturbed."""
        with suppress(OSError):
            while data := server.recv(_CHUNK):
                if not (self._swallows or self._has_cut):
                    with suppress(OSError):
                        client.sendall(data)
        with self._lock:
            self._clients.discard(client)
            self._servers.discard(server)
        with suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)
        client.close()
        server.close()

    def _allow(self, data: bytes) -> tuple[bytes, bool]:
        """Return what may be forwarded of what a client said, and whether the cut comes after it."""
        with self._lock:
            if self._swallows:
                return b"", False
            cut = self._budget is not None and len(data) >= self._budget
            # Before anything is forwarded: the server may answer sooner than connections can be reset.
            self._has_cut = self._has_cut or cut
            if self._budget is not None:
                data = data[: self._budget]
                self._budget = None if cut else self._budget - len(data)
            self._client_bytes += len(data)
            return data, cut


class _Listener:
    """A listening socket and its thread."""

    def __init__(self, proxy: CuttingProxy, port: int) -> None:
        self._proxy = proxy
        self._stopping = False
        self._socket = socket.create_server((proxy.host, port))
        # Shutting it down wakes accept() on Linux; elsewhere the next turn does.
        self._socket.settimeout(_TURN)
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, name="cutting-proxy", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Listen no longer."""
        self._stopping = True
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        if self._thread is not threading.current_thread():
            self._thread.join()
        self._socket.close()

    def _accept(self) -> None:
        while not self._stopping:
            try:
                client, _ = self._socket.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            client.settimeout(None)
            self._proxy._connect(client)


def _abort(connection: socket.socket) -> None:
    """Close a connection so that the other side sees it reset, and wake whoever reads from it."""
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
