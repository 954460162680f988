"""The part of pytest that knows capabilities: it deselects, and says what to check."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from airlock_conformance import tasks
from airlock_conformance._capability import needs_of
from airlock_conformance._guard import Guarded, check, check_mark, promises_of


@pytest.fixture(scope="class")
def airlock_trace(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The file in which the tasks of a `WorkerSuite` leave their trace, with its worker running."""
    trace = tmp_path_factory.mktemp("worker") / "trace"
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv(tasks.TRACE, os.fspath(trace))
        # A fixture for the class cannot be a method of it.
        suite = cast("Callable[[], Any]", request.cls)  # pyright: ignore[reportUnknownMemberType]
        with suite().worker():
            yield trace


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the tests of abilities that a class does not declare.

    Raises:
        pytest.UsageError: A test of the suite was replaced after its class was defined, or has a lenient xfail.
    """
    try:
        deselected = [item for item in items if not _applies(item)]
    except TypeError as error:
        raise pytest.UsageError(str(error)) from error
    if deselected:
        config.hook.pytest_deselected(items=deselected)
        items[:] = [item for item in items if item not in set(deselected)]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add to the report of a failure what the suite's test promises and what to check."""
    report = yield
    test = _suite_test(item)
    if report.failed and test is not None and test.__doc__:
        lines = [line.strip() for line in test.__doc__.splitlines()]
        report.sections.append(("What the suite promises, and what to check", " ".join(lines).strip()))
    return report


def _suite_test(item: pytest.Item) -> object:
    suite = getattr(item, "cls", None)
    if not (isinstance(suite, type) and issubclass(suite, Guarded)):
        return None
    return promises_of(suite).get(getattr(item, "originalname", None) or item.name)


def _applies(item: pytest.Item) -> bool:
    test = _suite_test(item)
    if test is None:
        return True
    suite = item.getparent(pytest.Class)
    declared: type[Guarded] = suite.obj if suite is not None else Guarded
    check(declared)
    for mark in item.iter_markers("xfail"):
        check_mark(mark, item.nodeid)
    return needs_of(test).met_by(set(declared.capabilities))
