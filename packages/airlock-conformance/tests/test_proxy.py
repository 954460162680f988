"""The proxy forwards, and loses connections when it is told to."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest
from airlock_conformance.proxy import CuttingProxy


class EchoServer:
    """Answers each client with what it sends, and keeps what arrived."""

    def __init__(self) -> None:
        self.received = bytearray()
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.threads: list[threading.Thread] = []
        self.clients: list[socket.socket] = []
        self.start(self.accept)

    def start(self, target, *arguments) -> None:
        self.threads.append(threading.Thread(target=target, args=arguments))
        self.threads[-1].start()

    def accept(self) -> None:
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            self.clients.append(client)
            self.start(self.echo, client)

    def echo(self, client: socket.socket) -> None:
        with client:
            try:
                while data := client.recv(4096):
                    self.received += data
                    client.sendall(data)
            except OSError:
                return

    def close(self) -> None:
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        for thread in self.threads:
            thread.join(10)


@pytest.fixture
def server() -> Iterator[EchoServer]:
    server = EchoServer()
    yield server
    server.close()


@pytest.fixture
def proxy(server: EchoServer) -> Iterator[CuttingProxy]:
    with CuttingProxy("127.0.0.1", server.port) as proxy:
        yield proxy


@pytest.fixture
def connect(proxy: CuttingProxy):
    """Return a function that connects to the server by way of the proxy."""
    connections: list[socket.socket] = []

    def connect() -> socket.socket:
        connections.append(socket.create_connection((proxy.host, proxy.url_port), timeout=10))
        return connections[-1]

    yield connect
    for connection in connections:
        connection.close()


def read(connection: socket.socket, count: int) -> bytes:
    """Read that many bytes, or what there is until the connection ends."""
    data = b""
    try:
        while len(data) < count and (more := connection.recv(count - len(data))):
            data += more
    except ConnectionError:
        pass
    return data


def test_it_forwards_both_ways(connect):
    connection = connect()
    connection.sendall(b"x" * 300_000)
    assert read(connection, 300_000) == b"x" * 300_000


def test_the_end_of_a_stream_is_forwarded_too(connect):
    connection = connect()
    connection.sendall(b"last")
    connection.shutdown(socket.SHUT_WR)
    assert read(connection, 100) == b"last"


def test_it_cuts_after_so_many_bytes_of_clients(proxy, connect, server):
    connection = connect()
    connection.sendall(b"before")
    assert read(connection, 6) == b"before"
    proxy.cut_after_bytes(4)
    connection.sendall(b"abcdefgh")
    assert len(read(connection, 8)) <= 4
    assert proxy.client_bytes == 10


def test_the_answer_to_what_was_forwarded_last_is_lost_however_fast_it_is(server, monkeypatch):
    go_on = threading.Event()
    cut_now = CuttingProxy.cut_now

    def cut_late(self):
        go_on.wait(10)
        cut_now(self)

    monkeypatch.setattr(CuttingProxy, "cut_now", cut_late)
    with CuttingProxy("127.0.0.1", server.port) as proxy:
        proxy.cut_after_bytes(4)
        with socket.create_connection((proxy.host, proxy.url_port), timeout=0.5) as client:
            client.sendall(b"ping")
            with pytest.raises(TimeoutError):
                client.recv(4)
            go_on.set()
            client.settimeout(10)
            assert read(client, 4) == b""
    assert bytes(server.received) == b"ping"


def test_the_server_gets_all_that_was_forwarded_before_a_cut(proxy, connect, server):
    proxy.cut_after_bytes(100_000)
    connection = connect()
    with suppress(ConnectionError):
        connection.sendall(b"x" * 300_000)
    read(connection, 300_000)
    server.close()
    assert len(server.received) == 100_000


def test_it_refuses_connections_after_a_cut(proxy, connect):
    connection = connect()
    proxy.cut_now()
    assert read(connection, 1) == b""
    with pytest.raises(ConnectionRefusedError):
        connect()


def test_refusing_leaves_open_connections_alone(proxy, connect):
    connection = connect()
    connection.sendall(b"1")
    assert read(connection, 1) == b"1"
    proxy.refuse()
    connection.sendall(b"2")
    assert read(connection, 1) == b"2"


def test_it_is_restored_on_the_same_port(proxy, connect):
    port = proxy.url_port
    proxy.cut_now()
    proxy.restore()
    assert proxy.url_port == port
    connection = connect()
    connection.sendall(b"again")
    assert read(connection, 5) == b"again"


def test_a_black_hole_accepts_and_answers_nothing(proxy, connect, server):
    proxy.black_hole()
    connection = connect()
    connection.sendall(b"lost")
    connection.settimeout(0.2)
    with pytest.raises(TimeoutError):
        connection.recv(1)
    assert server.received == b""


def test_a_server_that_is_down_looks_down(server):
    with CuttingProxy("127.0.0.1", server.port) as proxy:
        server.close()
        with suppress(ConnectionError), socket.create_connection((proxy.host, proxy.url_port), 10) as connection:
            assert read(connection, 1) == b""


def test_it_leaves_no_thread_behind(server):
    with CuttingProxy("127.0.0.1", server.port) as proxy:
        with socket.create_connection((proxy.host, proxy.url_port), timeout=10) as connection:
            connection.sendall(b"1")
            assert read(connection, 1) == b"1"
        proxy.close()
        for thread in threading.enumerate():
            if thread.name == "cutting-proxy":
                thread.join(10)
                assert not thread.is_alive()
