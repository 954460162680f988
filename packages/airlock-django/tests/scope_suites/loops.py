"""Event loops for the tests of asynchronous code."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.db import connections

from scope_suites.shop import Shop


def run(shop: Shop, main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run as under ASGI: the ORM has a thread of its own, on a connection that is closed afterwards."""

    async def outermost() -> None:
        async with ThreadSensitiveContext():
            try:
                await main()
            finally:
                await sync_to_async(connections.close_all)()

    asyncio.run(outermost())
