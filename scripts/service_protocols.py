"""Ask a server for a sign of life in its own protocol: a port may be open long before its server is ready."""

import socket
import struct


def ask(host: str, port: int, question: bytes, length: int) -> bytes:
    """Send the question and return the first bytes of the answer."""
    with socket.create_connection((host, port), timeout=2) as connection:
        connection.sendall(question)
        answer = b""
        while len(answer) < length and (received := connection.recv(length - len(answer))):
            answer += received
        return answer


def redis_answers(host: str, port: int) -> bool:
    """A server that is still loading answers with an error."""
    return ask(host, port, b"PING\r\n", 5) == b"+PONG"


def amqp_answers(host: str, port: int) -> bool:
    """The server opens with a method frame on channel 0: class 10, method 10."""
    frame = ask(host, port, b"AMQP\x00\x00\x09\x01", 11)
    return frame[:3] == b"\x01\x00\x00" and frame[7:] == struct.pack("!HH", 10, 10)


def postgres_answers(host: str, port: int) -> bool:
    """The server lets the superuser in without a password; while it starts it answers with an error."""
    parameters = b"user\x00postgres\x00database\x00postgres\x00\x00"
    startup = struct.pack("!II", 8 + len(parameters), 3 << 16) + parameters
    return ask(host, port, startup, 9) == b"R" + struct.pack("!II", 8, 0)


def mariadb_answers(host: str, port: int) -> bool:
    """The server opens with its greeting, version 10 of the protocol; one that is full opens with an error."""
    return ask(host, port, b"", 5)[3:] == b"\x00\x0a"
