"""The plugin of pytest: it does nothing unless a fixture, a marker or an ini option asks for it."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from airlock.testing._recording import Recording

_FAILED = pytest.StashKey[bool]()

_MARKERS = (
    "airlock(record=True, process_wide=True): record the effects of a test, or do not, in the whole process or not",
    "airlock_strict(strict=True): fail a test that sends a task without airlock, or do not",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Register the ini options."""
    parser.addini("airlock_autouse", "Record the effects of every test.", type="bool", default=False)
    parser.addini("airlock_strict", "Fail tests that send a task without airlock.", type="bool", default=False)


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers."""
    for marker in _MARKERS:
        config.addinivalue_line("markers", marker)


@pytest.fixture
def airlock_effects(request: pytest.FixtureRequest) -> Iterator[Recording]:
    """Everything that scopes let out during the test; nothing is dispatched.

    The configuration is what it was before when the test has ended, and a scope that the test left open is an error.
    """
    from airlock import ScopeStateError, configure, get_configuration
    from airlock.testing._capture import capture

    __tracebackhide__ = True
    before = get_configuration()
    recorder = capture(process_wide=_options(request.node)["process_wide"])
    recording = recorder.__enter__()
    try:
        configure(capture_origin=True)
        yield recording
    finally:
        configure(**before._asdict())
        try:
            recorder.__exit__(None, None, None)
        except ScopeStateError as error:
            if not request.node.stash.get(_FAILED, False):
                pytest.fail(str(error), pytrace=False)


@pytest.fixture(autouse=True)
def _airlock_autouse(request: pytest.FixtureRequest) -> None:
    """Record where an ini option or a marker says so."""
    if _options(request.node)["record"]:
        request.getfixturevalue("airlock_effects")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Fail a test in strict mode that sends a task without airlock, and remember which tests failed."""
    __tracebackhide__ = True
    item.stash[_FAILED] = True
    if _is_strict(item):
        from airlock.testing._strict import strict

        with strict() as bypasses:
            result = yield
        if bypasses:
            listed = "\n".join(f"  {bypass}" for bypass in bypasses)
            advice = "Write `airlock.enqueue(task, ...)` there, inside a scope."
            pytest.fail(f"The test sent without airlock:\n{listed}\n{advice}", pytrace=False)
    else:
        result = yield
    item.stash[_FAILED] = False
    return result


def _options(item: pytest.Item) -> dict[str, bool]:
    marker = item.get_closest_marker("airlock")
    options: dict[str, Any] = {"record": marker is not None or item.config.getini("airlock_autouse")}
    options["process_wide"] = True
    return {**options, **_arguments(item, marker, "airlock", "record", "process_wide")}


def _is_strict(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("airlock_strict")
    strict = marker is not None or item.config.getini("airlock_strict")
    return bool(_arguments(item, marker, "airlock_strict", "strict").get("strict", strict))


def _arguments(item: pytest.Item, marker: pytest.Mark | None, name: str, *known: str) -> dict[str, Any]:
    if marker is None:
        return {}
    given = {**dict(zip(known, marker.args, strict=False)), **marker.kwargs}
    if len(marker.args) > len(known) or not set(given) <= set(known):
        raise pytest.UsageError(f"{item.nodeid}: the marker is {name}({', '.join(f'{one}=True' for one in known)})")
    return given
