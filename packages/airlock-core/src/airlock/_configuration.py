"""The defaults of a process: what a scope uses where it is told nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict, Unpack

from airlock._executors import check_executor
from airlock._policy import check_policy

if TYPE_CHECKING:
    from airlock._executors import Executor
    from airlock._policy import Policy
    from airlock._scope import Scope


class Configuration(NamedTuple):
    """The defaults in force, read-only; `configure()` changes them.

    Attributes:
        policy: The policy of a scope that is given none; `None` is `AllowAll()`.
        executor: The executor of a scope that is given none, or its short name; `None` is the `sync` executor.
        scope_cls: The class that `scope()` builds; `None` is `Scope`.
        scope_kwargs: Keyword arguments that `scope()` gives to that class.
        capture_origin: Whether every intent records the line that enqueued it.
    """

    policy: Policy | None = None
    executor: Executor | str | None = None
    scope_cls: type[Scope] | None = None
    scope_kwargs: Mapping[str, Any] = MappingProxyType({})
    capture_origin: bool = False


class Options(TypedDict, total=False):
    """What `configure()` takes."""

    policy: Policy | None
    executor: Executor | str | None
    scope_cls: type[Scope] | None
    scope_kwargs: Mapping[str, Any]
    capture_origin: bool


class _Defaults:
    """The configuration, laid out for scopes to read fast."""

    __slots__ = ("capture_origin", "executor", "policy", "scope_cls", "scope_kwargs")

    policy: Policy | None
    executor: Executor | str | None
    scope_cls: type[Scope] | None
    scope_kwargs: Mapping[str, Any]
    capture_origin: bool

    def __init__(self) -> None:
        self.update(Configuration())

    def update(self, configuration: Configuration) -> None:
        for option, value in configuration._asdict().items():
            setattr(self, option, value)


defaults = _Defaults()


def configure(**options: Unpack[Options]) -> None:
    """Set defaults for the whole process; options that are not named keep their value.

    Arguments:
        policy: The policy of a scope that is given none. One with a `fresh()` method is renewed for every scope.
        executor: A callable that takes an intent, or the short name of an installed executor, such as `"celery"`.
        scope_cls: The class that `scope()` builds.
        scope_kwargs: Keyword arguments that `scope()` gives to that class.
        capture_origin: Whether every intent records the line that enqueued it, as `intent.origin`.

    Raises:
        TypeError: An option is unknown or of the wrong kind.
        UsageError: No executor of that name is installed.

    Example:
        >>> import airlock
        >>> airlock.configure(policy=airlock.DropAll())
        >>> airlock.get_configuration().policy
        DropAll()
    """
    for option, value in options.items():
        if option not in Configuration._fields:
            raise TypeError(f"configure() has no option {option!r}{_close_match(option)}")
        _check(option, value)
    if "scope_kwargs" in options:
        options["scope_kwargs"] = MappingProxyType(dict(options["scope_kwargs"]))
    defaults.update(get_configuration()._replace(**options))


def get_configuration() -> Configuration:
    """Return the defaults in force."""
    return Configuration(
        defaults.policy, defaults.executor, defaults.scope_cls, defaults.scope_kwargs, defaults.capture_origin
    )


def reset_configuration() -> None:
    """Forget all that `configure()` was told."""
    defaults.update(Configuration())


def _check(option: str, value: object) -> None:
    if option == "policy" and value is not None:
        check_policy(value)
    elif option == "executor" and value is not None:
        check_executor(value)
    elif option == "scope_cls" and value is not None:
        _check_scope_class(value)
    elif option == "scope_kwargs" and not isinstance(value, Mapping):
        raise TypeError(f"scope_kwargs is a mapping of keyword arguments, not {value!r}")
    elif option == "capture_origin" and not isinstance(value, bool):
        raise TypeError(f"capture_origin is True or False, not {value!r}")


def _check_scope_class(value: object) -> None:
    from airlock._scope import Scope

    if not (isinstance(value, type) and issubclass(value, Scope)):
        raise TypeError(f"scope_cls is Scope or a subclass of it, not {value!r}")


def _close_match(option: str) -> str:
    from difflib import get_close_matches

    matches = get_close_matches(option, Configuration._fields, n=1)
    return f"; did you mean {matches[0]!r}?" if matches else f"; it has {', '.join(Configuration._fields)}"
