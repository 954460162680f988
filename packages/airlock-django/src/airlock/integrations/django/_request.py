"""The type of a request that has a scope."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest

if TYPE_CHECKING:
    from airlock import Scope


class AirlockHttpRequest(HttpRequest):
    """A request that went through `AirlockMiddleware`, for annotations: `def view(request: AirlockHttpRequest)`.

    Attributes:
        airlock: The scope of the request; once the middleware has answered, it says what went out.
    """

    airlock: Scope
