"""Servers that tests need."""

from __future__ import annotations

import socket
from typing import Final
from urllib.parse import urlsplit

import pytest

_PORTS: Final = {"amqp": 5672, "amqps": 5671, "postgres": 5432, "postgresql": 5432, "redis": 6379, "rediss": 6379}


def require_server(url: str, *, timeout: float = 2.0) -> str:
    """Skip the test, with the reason, unless something listens where a URL points.

    Arguments:
        url: The URL of a server, such as `redis://127.0.0.1:6390/0`.
        timeout: How many seconds to wait for it.

    Returns:
        The URL, for `url = require_server(os.environ.get(...))`.
    """
    parts = urlsplit(url)
    host = parts.hostname or "127.0.0.1"
    port = parts.port or _PORTS.get(parts.scheme)
    if port is None:
        raise ValueError(f"the URL of a {parts.scheme or 'nameless'} server must name its port")
    try:
        socket.create_connection((host, port), timeout).close()
    except OSError as error:
        pytest.skip(f"no {parts.scheme} server listens on {host}:{port} ({error}); start one to run this test")
    return url
