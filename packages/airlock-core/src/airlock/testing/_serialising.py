"""The journey of arguments through a queue."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from airlock import Intent, InvalidIntentError
from airlock._intent import short
from airlock.testing._arguments import named

if TYPE_CHECKING:
    from airlock.testing._recording import Serialize

# What pytest and unittest leave out of a traceback.
__tracebackhide__ = True
__unittest = True


def arrived(intent: Intent, serialize: Serialize) -> Intent:
    """Return an intent as a worker would receive it.

    Raises:
        InvalidIntentError: An argument does not survive.
        TypeError: There is no such way to serialise.
    """
    journey = _journey(serialize)
    if journey is None:
        return intent
    args = tuple(_travel(intent, journey, serialize, position, value) for position, value in enumerate(intent.args))
    kwargs = {name: _travel(intent, journey, serialize, name, value) for name, value in intent.kwargs.items()}
    options, carried = dict(intent.dispatch_options), intent.context
    copy = Intent(intent.task, args, kwargs, options, intent.origin, intent.name, context=carried)
    copy._id = intent.id
    return copy


def _journey(serialize: Serialize) -> Callable[[Any], Any] | None:
    if serialize is None or callable(serialize):
        return serialize
    if serialize == "json":
        return _through_json
    if serialize == "pickle":
        return _through_pickle
    raise TypeError(f"serialize is 'json', 'pickle', None or a function from value to value, not {serialize!r}")


def _through_json(value: Any) -> Any:
    from json import dumps, loads

    return loads(dumps(value))


def _through_pickle(value: Any) -> Any:
    from pickle import dumps, loads

    return loads(dumps(value))


def _travel(intent: Intent, journey: Callable[[Any], Any], serialize: Serialize, place: int | str, value: Any) -> Any:
    try:
        return journey(value)
    except Exception as error:
        how = serialize if isinstance(serialize, str) else "its function"
        raise InvalidIntentError(
            f"{intent} would not reach a worker: argument {_name(intent, place)!r} is {short.repr(value)}, which does "
            f"not survive {how} ({type(error).__name__}: {error}). Enqueue something plain that identifies it, such "
            "as an id, or give run() the `serialize` that your queue uses.",
            intent=intent,
        ) from (error if callable(serialize) else None)


def _name(intent: Intent, place: int | str) -> str:
    """Return the name of the parameter that an argument is for, as far as it is known."""
    if isinstance(place, str):
        return place
    try:
        return list(named(intent.task, intent.args, intent.kwargs))[place]
    except (TypeError, IndexError):
        return f"args[{place}]"
