"""Which tasks can be recorded, and under which name a relay finds them again."""

import sys
import weakref
from functools import partial
from types import ModuleType
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings
from outbox_suites.writer import note

import airlock
from airlock.integrations.django.outbox import UnknownTaskError, register
from airlock.integrations.django.outbox._registry import load, name_of, task_of


def tasks(*paths: str) -> Any:
    """Return settings that name tasks."""
    return override_settings(AIRLOCK={"OUTBOX": {"TASKS": list(paths)}})


def helper() -> None:
    """A function at the top level of a module."""


def other() -> None:
    """Another one."""


def test_a_registered_function_is_found_by_its_dotted_path() -> None:
    assert name_of(note) == "outbox_suites.writer.note"
    assert task_of("outbox_suites.writer.note") is note


def test_a_name_of_its_own_outlives_a_move() -> None:
    assert register(helper, name="shop.old.helper") is helper
    assert task_of("shop.old.helper") is helper
    assert name_of(helper) == "shop.old.helper"


def test_one_name_is_for_one_task() -> None:
    with pytest.raises(airlock.UsageError, match="registered already"):
        register(other, name="outbox_suites.writer.note")


def test_a_module_that_is_loaded_again_registers_again() -> None:
    def again() -> None: ...

    first = register(again, name="loaded.again")

    def again() -> None: ...

    assert register(again, name="loaded.again") is not first
    assert task_of("loaded.again") is again


def test_a_task_that_was_replaced_is_kept_so_that_no_other_gets_its_id() -> None:
    def replaced() -> None: ...

    first = weakref.ref(register(replaced, name="replaced"))

    def replaced() -> None: ...

    register(replaced, name="replaced")
    assert first() is not None


@pytest.mark.parametrize("task", [lambda: None, (lambda: lambda: None)()], ids=["lambda", "local"])
def test_what_has_no_path_needs_a_name(task: Any) -> None:
    with pytest.raises(airlock.UsageError, match="no path"):
        register(task)


@pytest.mark.parametrize("name", ["", "celery:shop.send"])
def test_names_of_queues_cannot_be_taken(name: str) -> None:
    with pytest.raises(airlock.UsageError, match="without a colon"):
        register(other, name=name)


def test_only_tasks_can_be_registered() -> None:
    with pytest.raises(TypeError, match="neither"):
        register(3)


def test_what_is_not_registered_is_an_error_that_says_how_to() -> None:
    with pytest.raises(airlock.UsageError, match=r"other.*@airlock\.integrations\.django\.outbox\.register"):
        name_of(other)
    with pytest.raises(airlock.UsageError, match=r"partial|note"):
        name_of(partial(note, "a"))


@pytest.mark.parametrize("name", ["os.system", "celery:os.system", "nonsense:x", ":", "sync:os.system", ""])
def test_a_name_is_never_imported(name: str) -> None:
    with pytest.raises(UnknownTaskError, match="TASKS"):
        task_of(name)


def test_the_setting_names_modules_that_register_tasks() -> None:
    with tasks("outbox_suites.registering.decorated"):
        assert task_of("outbox_suites.registering.decorated.decorated").__name__ == "decorated"
        with pytest.raises(UnknownTaskError):
            task_of("outbox_suites.registering.decorated.plain")


def test_the_setting_names_functions() -> None:
    with tasks("outbox_suites.registering.decorated.plain"):
        plain = task_of("outbox_suites.registering.decorated.plain")
        assert name_of(plain) == "outbox_suites.registering.decorated.plain"


def test_the_django_tasks_of_a_module_that_the_setting_names_are_registered() -> None:
    with tasks("outbox_suites.registering.django_tasks"):
        from outbox_suites.registering.django_tasks import of_django

        assert name_of(of_django) == "outbox_suites.registering.django_tasks.of_django"
        assert task_of("outbox_suites.registering.django_tasks.of_django") is of_django
        with pytest.raises(airlock.UsageError, match=r"airlock\.options"):
            name_of(of_django.using(priority=3))


@pytest.mark.parametrize("path", ["outbox_suites.nowhere", "outbox_suites.registering.decorated.nothing"])
def test_a_setting_that_names_nothing_is_an_error(path: str) -> None:
    with tasks(path), pytest.raises(ImproperlyConfigured, match=f"TASKS.*{path}"):
        load()


def test_the_modules_of_tasks_of_all_apps_are_imported_before_a_task_is_unknown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from airlock.integrations.django.outbox import _registry

    asked: list[str] = []
    monkeypatch.setattr(_registry, "autodiscover_modules", asked.append)
    _registry._import_tasks_modules.cache_clear()
    with pytest.raises(UnknownTaskError):
        task_of("shop.unknown")
    with pytest.raises(UnknownTaskError):
        task_of("shop.unknown")

    assert asked == ["tasks"]


def test_a_name_that_is_loaded_already_imports_nothing() -> None:
    with tasks("outbox_suites.not_there"):
        assert task_of("outbox_suites.writer.note") is note
        assert "outbox_suites.not_there" not in sys.modules
        assert isinstance(sys.modules["outbox_suites.writer"], ModuleType)
