"""Tasks by name, as an outbox writes them into its table."""

import subprocess
import sys

import huey
import pytest

from airlock.integrations.executors.huey import huey_executor

queue = huey.MemoryHuey("registered", immediate=False)


@queue.task()
def send(number):
    """A task at the top level of a module."""


@queue.task(name="renamed")
def another(number):
    """One with a name of its own."""


@pytest.fixture(autouse=True)
def _importable(monkeypatch):
    """Under whatever name this module was loaded."""
    monkeypatch.setitem(sys.modules, __name__, sys.modules.get(__name__) or sys.modules[send.task_class.__module__])


def test_a_task_is_known_by_the_name_that_its_huey_has_for_it():
    assert huey_executor.registered_name(send) == f"{__name__}.send"
    assert huey_executor.registered_task(f"{__name__}.send") is send


def test_a_task_with_a_name_of_its_own_is_known_by_that():
    assert huey_executor.registered_name(another) == f"{__name__}.renamed"
    assert huey_executor.registered_task(f"{__name__}.renamed") is another


def test_what_has_its_arguments_already_has_no_name():
    assert huey_executor.registered_name(send.s(1)) is None
    assert huey_executor.registered_name(send.s(1).then(send)) is None


def test_a_task_that_no_module_holds_has_no_name():
    @queue.task()
    def local():
        """A task inside a function."""

    assert huey_executor.registered_name(local) is None


@pytest.mark.parametrize("name", ["os.system", "send", "", "nowhere.send", f"{__name__}.pytest"])
def test_a_name_is_never_imported_and_finds_tasks_only(name):
    before = set(sys.modules)
    assert huey_executor.registered_task(name) is None
    assert set(sys.modules) == before


def test_a_huey_cannot_be_recorded_as_an_option():
    assert "huey" not in huey_executor.recordable_options(send)
    assert {"delay", "eta", "priority"} <= huey_executor.recordable_options(send)


def test_where_huey_is_not_loaded_nothing_loads_it():
    program = (
        "import sys; from airlock.integrations.executors.huey import huey_executor; "
        "assert huey_executor.registered_task('shop.send') is None; assert 'huey' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
