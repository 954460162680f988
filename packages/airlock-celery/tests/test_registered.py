"""Tasks by name, as an outbox writes them into its table."""

import subprocess
import sys
from typing import Any
from uuid import uuid4

import celery
import pytest
from celery import group
from celery_support.brokers import Memory

from airlock.integrations.executors.celery import celery_executor
from airlock.integrations.executors.celery._options import OPTIONS


@pytest.fixture
def add(memory: Memory) -> Any:
    # Apps of earlier tests may be there still.
    @memory.app.task(name=f"shop.{uuid4().hex}", shared=False)
    def add(x: Any, y: Any = 0) -> Any:
        return x + y

    return add


def test_a_task_is_known_by_the_name_that_its_app_has_for_it(add: Any) -> None:
    assert celery_executor.registered_name(add) == add.name
    assert celery_executor.registered_task(add.name) == add


def test_a_shared_task_is_known_by_its_name() -> None:
    @celery.shared_task(name="shop.known")
    def shared() -> None: ...

    celery.current_app.finalize()
    assert celery_executor.registered_name(shared) == "shop.known"
    assert shared == celery_executor.registered_task("shop.known")


def test_signatures_and_canvas_have_no_name(add: Any) -> None:
    assert celery_executor.registered_name(add.s(1)) is None
    assert celery_executor.registered_name(group(add.s(1))) is None


def test_another_task_of_the_same_name_is_not_the_one(add: Any, memory: Memory) -> None:
    twin = type(add._get_current_object())()
    twin.name = add.name
    assert celery_executor.registered_name(twin) is None


def test_what_an_app_would_import_is_looked_for_before_a_name_is_unknown(
    add: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[str] = []
    monkeypatch.setattr(celery.current_app.loader, "import_default_modules", lambda: loaded.append("all"))
    assert celery_executor.registered_task(add.name) == add
    assert loaded == []
    assert celery_executor.registered_task("os.system") is None
    assert loaded == ["all"]


def test_no_option_that_may_be_recorded_runs_something_else_or_chooses_a_connection(add: Any) -> None:
    recordable = set(celery_executor.recordable_options(add))
    assert recordable < OPTIONS
    assert OPTIONS - recordable == {"add_to_parent", "declare", "link", "link_error", "reply_to"}


def test_where_celery_is_not_loaded_nothing_loads_it() -> None:
    program = (
        "import sys; from airlock.integrations.executors.celery import celery_executor; "
        "assert celery_executor.registered_task('shop.add') is None; assert 'celery' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
