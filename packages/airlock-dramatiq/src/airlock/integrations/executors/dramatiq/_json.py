"""Arguments that need not be encoded to know that they can be."""

from __future__ import annotations

from dramatiq import JSONEncoder, get_encoder

from airlock import Intent

_CARRIED: frozenset[object] = frozenset({bool, float, str, type(None)})
# Python refuses to write out integers of thousands of digits.
_LIMIT = 2**64


def is_surely_json(intent: Intent) -> bool:
    """Return whether messages are JSON and all arguments simple values, as they mostly are.

    A broker encodes each message when it sends it, so that encoding it beforehand too is a good part of all the work.
    """
    if type(get_encoder()) is not JSONEncoder:
        return False
    for value in (*intent.args, *intent.kwargs.values()):
        kind: object = value.__class__
        if kind not in _CARRIED and not (kind is int and -_LIMIT < value < _LIMIT):
            return False
    return True
