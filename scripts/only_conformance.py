"""A plugin for pytest that leaves of a run only what the conformance suite tests."""

import pytest
from airlock_conformance import ExecutorSuite, WorkerSuite

SUITES = (ExecutorSuite, WorkerSuite)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect every test that is not in a class of the suite."""
    left_out = [item for item in items if not issubclass(getattr(item, "cls", None) or object, SUITES)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in set(left_out)]
