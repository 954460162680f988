"""The suite defends itself: a test is not overridden or deleted in silence."""

from __future__ import annotations

from collections.abc import Callable, Collection
from inspect import getattr_static
from types import FunctionType
from typing import Any

import pytest

from airlock_conformance._capability import Capability

_PACKAGE = __name__.partition(".")[0]
_CURE = (
    "Mend the executor; leave out the capability if the queue has no such ability; or say why with "
    '`@pytest.mark.xfail(strict=True, reason="...")` on a method of that name, whose body is never run'
)

Test = Callable[..., object]


class Guarded:
    """The base of both suites; a subclass with a test of the suite overridden cannot be defined."""

    capabilities: Collection[Capability] = frozenset()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        check(cls)


def promises_of(suite: type) -> dict[str, Test]:
    """Return the tests that a class gets from the suite, by name."""
    own = [base for base in reversed(suite.__mro__) if _is_suite(base)]
    return {name: test for base in own for name, test in vars(base).items() if name.startswith("test_")}


def check(suite: type) -> None:
    """Put the suite's own test behind each strict xfail, and refuse every other change.

    Raises:
        TypeError: A test of the suite is overridden or deleted, or something is declared that is no capability.
    """
    if _is_suite(suite):
        return
    for capability in vars(suite).get("capabilities", ()):
        if not isinstance(capability, Capability):
            raise TypeError(f"{suite.__qualname__} declares {capability!r}, which is no member of Capability")
    for name, test in promises_of(suite).items():
        found = getattr_static(suite, name)
        if getattr(found, "airlock_original", found) is not test:
            setattr(suite, name, _expected_to_fail(suite, test, name, found))


def check_mark(mark: pytest.Mark, where: str) -> None:
    """Raise `TypeError` unless an xfail is strict, gives its reason and runs the test."""
    strict = mark.kwargs.get("strict") is True
    if not (strict and mark.kwargs.get("reason") and mark.kwargs.get("run", True)):
        raise TypeError(f"the xfail on {where} must be strict, give a reason and run the test. {_CURE}.")


def _is_suite(cls: type) -> bool:
    return cls.__module__.partition(".")[0] == _PACKAGE


def _expected_to_fail(suite: type, test: Test, name: str, found: object) -> Test:
    where = f"{suite.__qualname__}.{name}"
    marks = [mark for mark in getattr(found, "pytestmark", ()) if mark.name == "xfail"]
    if not marks:
        done = "overridden" if callable(found) else "deleted"
        raise TypeError(f"{where} is a test of the conformance suite and was {done}. {_CURE}.")
    for mark in marks:
        check_mark(mark, where)
    copy = _copy(test)
    copy.pytestmark = [*getattr(test, "pytestmark", ()), *marks]
    copy.airlock_original = test
    result: Test = copy
    return result


def _copy(test: Any) -> Any:
    copy: Any = FunctionType(test.__code__, test.__globals__, test.__name__, test.__defaults__, test.__closure__)
    copy.__dict__.update(test.__dict__)
    copy.__kwdefaults__ = test.__kwdefaults__
    copy.__annotations__ = test.__annotations__
    copy.__doc__ = test.__doc__
    copy.__module__ = test.__module__
    copy.__qualname__ = test.__qualname__
    return copy
