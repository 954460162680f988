"""Importing what a dotted path in the settings names, and saying in one line why that fails."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import airlock
from airlock.integrations.django._problems import SettingError, did_you_mean


def imported(path: str) -> Any:
    """Return what a dotted path names.

    Raises:
        SettingError: There is no such thing, or importing its module fails.
    """
    if "." not in path or not all(part.isidentifier() for part in path.split(".")):
        example = f"airlock.{path}" if hasattr(airlock, path) else "package.module.name"
        raise SettingError("E003", "is no dotted path", f"Write {example!r}." if "." in example else "")
    parent, _, name = path.rpartition(".")
    holder = _holder(parent)
    try:
        return getattr(holder, name)
    except AttributeError:
        hint = did_you_mean(name, (each for each in dir(holder) if not each.startswith("_")))
        raise SettingError("E003", f"cannot be imported: {parent} has no {name!r}", hint) from None


def failed(error: BaseException) -> SettingError:
    """Return the error for a module that raises one when it is imported."""
    return SettingError("E003", f"cannot be imported: {in_one_line(error)}")


def in_one_line(error: BaseException) -> str:
    """Return an error as text without line breaks."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}".removesuffix(": ")


def _holder(path: str) -> Any:
    """Return the module, or the class in one, at a path."""
    try:
        return import_module(path)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{path}.".startswith(f"{error.name}."):
            raise failed(error) from error
        missing = error.name
    except Exception as error:
        raise failed(error) from error
    outer, _, name = missing.rpartition(".")
    package = import_module(outer) if outer else None
    if missing == path and hasattr(package, name):
        return getattr(package, name)
    raise SettingError(
        "E003", f"cannot be imported: there is no module {missing!r}", did_you_mean(name, _modules(package))
    )


def _modules(package: Any) -> Iterable[str]:
    """Return the names of the modules in a package, or for none of the packages that have an app."""
    from django.apps import apps

    if package is None:
        return {"airlock", *(app.name.partition(".")[0] for app in apps.get_app_configs())}
    return [module.name for module in iter_modules(getattr(package, "__path__", []))]
