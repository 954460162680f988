"""The options that a package may carry, and what each takes: django-q2 itself checks none of them.

What it would choke on is worse than an error here: a timeout of `None` kills the worker, and a name that is longer than
its column loses the result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, NamedTuple, cast

from airlock.integrations.executors.django_q._functions import is_function, obstacle


class _Option(NamedTuple):
    takes: str
    fits: Callable[[object], bool]
    optional: bool = False


def check(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that say something.

    Raises:
        ValueError: One has a value of the wrong kind.
    """
    for name, value in options.items():
        option = OPTIONS[name]
        if not (option.fits(value) or (option.optional and value is None)):
            raise ValueError(f"the option {name!r} takes {option.takes}, and got {value!r}")
    return {name: value for name, value in options.items() if value is not None}


def advice(option: str) -> str:
    """Return what to do instead of giving an option that there is none of; nothing where nothing is known."""
    return next((advice for options, advice in _ADVICE.items() if option in options), "")


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_timeout(value: object) -> bool:
    return value == -1 or (_is_count(value) and value != 0)


def _is_flag_or_count(value: object) -> bool:
    return _is_flag(value) or _is_count(value)


def _is_label(value: object) -> bool:
    return isinstance(value, str | int) and 0 < len(str(value)) <= 100


def _is_text(value: object) -> bool:
    return isinstance(value, str) and _is_label(value)


def _is_hook(value: object) -> bool:
    if isinstance(value, str):
        parts = value.split(".")
        return len(parts) > 1 and len(value) <= 256 and all(part.isidentifier() for part in parts)
    return _is_sendable(value)


def _is_chain(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_link, cast("Iterable[object]", value)))


def _is_link(value: object) -> bool:
    if not isinstance(value, tuple):
        return isinstance(value, str) or _is_sendable(value)
    function, *arguments = cast("tuple[object, ...]", value) or (None,)
    kinds = [(tuple, list), (dict,)]
    fits = len(arguments) <= len(kinds) and all(map(isinstance, arguments, kinds))
    return fits and (isinstance(function, str) or _is_sendable(function))


def _is_sendable(value: object) -> bool:
    return type(value) is not partial and is_function(value) and not obstacle(value)


_SECONDS = "True, False or a number of seconds"
_LINKS = "a list of importable functions, or of tuples of one, its args and its kwargs"

OPTIONS: Mapping[str, _Option] = {
    "ack_failure": _Option("True or False", _is_flag),
    "cached": _Option(_SECONDS, _is_flag_or_count),
    "chain": _Option(_LINKS, _is_chain, optional=True),
    "cluster": _Option("a name of at most 100 characters", _is_text, optional=True),
    "group": _Option("a name of at most 100 characters", _is_label, optional=True),
    "hook": _Option("an importable function, or its dotted name", _is_hook, optional=True),
    "iter_cached": _Option(_SECONDS, _is_flag_or_count),
    "iter_count": _Option("a whole number", _is_count),
    "save": _Option("True or False", _is_flag),
    "task_name": _Option("a name of at most 100 characters", _is_text, optional=True),
    "timeout": _Option("a whole number of seconds, or -1 for no limit", _is_timeout),
}

_ADVICE = {
    ("at", "countdown", "delay", "eta", "run_after"): "django-q2 has no delay; see `django_q.tasks.schedule`",
    ("broker", "queue", "queue_name"): "a queue is chosen with 'cluster'",
    ("sync",): 'to run tasks in this process, use the executor "sync"',
    ("name",): "did you mean 'task_name'?",
}
