"""Where AirlockMiddleware stands among the others, and what that does to it.

It learns that a view has failed from its own `process_exception`. Django asks the middleware for those from the bottom
of MIDDLEWARE upwards, and stops at the first that answers with a response. If one below AirlockMiddleware answers, and
with a redirect or a page of status 200, then all looks well from outside, and the effects of a failed view go out.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from inspect import getsource
from textwrap import dedent
from typing import Any

from airlock.integrations.django._problems import Problem

PATH = "airlock.integrations.django.AirlockMiddleware"


def problems() -> Iterator[Problem]:
    """Find what is wrong with MIDDLEWARE."""
    from django.conf import settings

    paths = list(settings.MIDDLEWARE)
    places = positions(paths)
    if not places and getattr(settings, "ROOT_URLCONF", None):
        hint = f"Add {PATH!r} to it, at the top."
        yield Problem("airlock.W001", "MIDDLEWARE lacks AirlockMiddleware, so that views have no scope", hint)
    if len(places) > 1:
        twice = " and ".join(f"{paths[place]!r} at {place + 1}" for place in places)
        hint = "Leave all but one of them out: each would open a scope of its own."
        yield Problem("airlock.E010", f"MIDDLEWARE has AirlockMiddleware more than once: {twice}", hint)
    below = [path for place, path in enumerate(paths) if places and place > places[0] and place not in places]
    for path in below:
        if _may_answer(getattr(_loaded(path), "process_exception", None)):
            yield Problem(
                "airlock.W002",
                f"{path!r} is below AirlockMiddleware in MIDDLEWARE and may turn an exception into a response, so that "
                "the effects of a view that failed could go out",
                f"Move {PATH!r} below it.",
            )


def positions(paths: list[str]) -> list[int]:
    """Return where in MIDDLEWARE ours, or a class derived from it, stands, counted from 0."""
    from airlock.integrations.django import AirlockMiddleware

    loaded = [_loaded(path) for path in paths]
    return [
        place for place, found in enumerate(loaded) if isinstance(found, type) and issubclass(found, AirlockMiddleware)
    ]


def _loaded(path: str) -> Any:
    from django.utils.module_loading import import_string

    try:
        return import_string(path)
    except Exception:
        # Django says so itself as soon as it serves a request, and better.
        return None


def _may_answer(process_exception: Any) -> bool:
    """Return whether the method can return anything but `None`, as far as its source tells."""
    if process_exception is None:
        return False
    try:
        tree = ast.parse(dedent(getsource(process_exception)))
    except (OSError, TypeError, SyntaxError):
        return True
    return any(_gives(node) for node in ast.walk(tree))


def _gives(node: ast.AST) -> bool:
    if not isinstance(node, ast.Return) or node.value is None:
        return False
    return not (isinstance(node.value, ast.Constant) and node.value.value is None)
