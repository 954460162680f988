"""A Redis client that does not wait for ever."""

from __future__ import annotations

import sys
from typing import Any
from weakref import WeakKeyDictionary

SECONDS = 5.0
"""How long a silent Redis is waited for where nobody has said; redis-py 8 has this as its default."""

_pools: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()


def bounded_client(client: Any) -> Any:
    """Return a client for the same Redis whose every step ends in bounded time: the same one, if it has timeouts."""
    redis: Any = sys.modules["redis"]
    pool = client.connection_pool
    # A pool of another class may find its server in ways of its own.
    if type(pool) is not redis.ConnectionPool:
        return client
    if pool not in _pools:
        _pools[pool] = _bounded_pool(pool)
    bounded = _pools[pool]
    return client if bounded is None else type(client)(connection_pool=bounded)


def _bounded_pool(pool: Any) -> Any:
    """Return a pool like this one but with timeouts; `None` where it has them already."""
    settings = pool.connection_kwargs
    connection = pool.connection_class(**settings)
    missing = {
        name: SECONDS
        for name in ("socket_timeout", "socket_connect_timeout")
        if getattr(connection, name, SECONDS) is None
    }
    if not missing:
        return None
    return type(pool)(connection_class=pool.connection_class, **{**settings, **missing})
