"""The defaults of a process: what a scope uses where it is told nothing else."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from airlock._bypass import MODES, BypassMode
from airlock._context import Provider
from airlock._executors import Executor, check_executor
from airlock._mapping import copy_of
from airlock._policy import Policy, check_policy

if TYPE_CHECKING:
    from airlock._capturing import Capture
    from airlock._scope import Scope


# Real annotations: those that are strings cost a named tuple its share of the import time, by compiling each of them.
class Configuration(NamedTuple):
    """The defaults in force, read-only; `configure()` changes them.

    Attributes:
        policy: The policy of a scope that is given none; `None` is `AllowAll()`.
        executor: The executor of a scope that is given none, or its short name; `None` is the `sync` executor.
        scope_cls: The class that `scope()` builds; `None` is `Scope`.
        scope_kwargs: Keyword arguments that `scope()` gives to that class.
        capture_origin: Whether every intent records the line that enqueued it.
        bypass: What happens where a message reaches a backend without airlock.
        context: What every intent carries, by name: who captures it where it is enqueued and restores it in the worker.
    """

    policy: Policy | None = None
    executor: Executor | str | None = None
    scope_cls: type["Scope"] | None = None
    scope_kwargs: Mapping[str, Any] = MappingProxyType({})
    capture_origin: bool = False
    bypass: BypassMode = "ignore"
    context: Mapping[str, Provider] = MappingProxyType({})


class _Defaults:
    """The configuration, laid out for scopes to read fast."""

    __slots__ = ("bypass", "capture", "capture_origin", "context", "executor", "policy", "scope_cls", "scope_kwargs")

    policy: Policy | None
    executor: Executor | str | None
    scope_cls: type["Scope"] | None
    scope_kwargs: Mapping[str, Any]
    capture_origin: bool
    bypass: BypassMode
    context: Mapping[str, Provider]
    capture: "Capture | None"
    """What `enqueue()` calls to capture the context; `None` where nothing is to be captured."""

    def __init__(self) -> None:
        self.update(Configuration())

    def update(self, configuration: Configuration) -> None:
        for option, value in configuration._asdict().items():
            setattr(self, option, value)
        self.capture = _capture_from(configuration.context) if configuration.context else None


defaults = _Defaults()


_KEEP: Any = object()


def configure(
    *,
    policy: Policy | None = _KEEP,
    executor: Executor | str | None = _KEEP,
    scope_cls: type["Scope"] | None = _KEEP,
    scope_kwargs: Mapping[str, Any] = _KEEP,
    capture_origin: bool = _KEEP,
    bypass: BypassMode = _KEEP,
    context: Mapping[str, Provider] = _KEEP,
) -> None:
    """Set defaults for the whole process; options that are not given keep their value.

    Arguments:
        policy: The policy of a scope that is given none. One with a `fresh()` method is renewed for every scope.
        executor: A callable that takes an intent, or the short name of an installed executor, such as `"celery"`.
        scope_cls: The class that `scope()` builds.
        scope_kwargs: Keyword arguments that `scope()` gives to that class.
        capture_origin: Whether every intent records the line that enqueued it, as `intent.origin`.
        bypass: What happens where a task reaches a backend without airlock: `"ignore"`, `"warn"` or `"raise"`. The
            executor of the backend has to be installed, since it is what tells; all that are, are imported.
        context: What every intent carries from the code that enqueues it to the worker, by name: a `ContextVar`, or a
            `ContextProvider`.

    Raises:
        TypeError: An option is unknown or of the wrong kind.
        UsageError: No executor of that name is installed.

    Example:
        >>> import airlock
        >>> airlock.configure(policy=airlock.DropAll())
        >>> airlock.get_configuration().policy
        DropAll()
    """
    given = {
        "policy": policy,
        "executor": executor,
        "scope_cls": scope_cls,
        "scope_kwargs": scope_kwargs,
        "capture_origin": capture_origin,
        "bypass": bypass,
        "context": context,
    }
    changes = {option: _checked(option, value) for option, value in given.items() if value is not _KEEP}
    _put_in_force(get_configuration()._replace(**changes))


def get_configuration() -> Configuration:
    """Return the defaults in force."""
    return Configuration(
        defaults.policy,
        defaults.executor,
        defaults.scope_cls,
        defaults.scope_kwargs,
        defaults.capture_origin,
        defaults.bypass,
        defaults.context,
    )


def reset_configuration() -> None:
    """Forget all that `configure()` was told."""
    _put_in_force(Configuration())


def _put_in_force(configuration: Configuration) -> None:
    before = defaults.bypass
    defaults.update(configuration)
    if not before == configuration.bypass == "ignore":
        from airlock._watching import adjust

        adjust()


def _capture_from(providers: Mapping[str, Provider]) -> "Capture":
    from airlock._capturing import Capture

    return Capture(providers)


def _checked(option: str, value: Any) -> Any:
    if option == "capture_origin":
        if not isinstance(value, bool):
            raise TypeError(f"capture_origin is True or False, not {value!r}")
        return value
    if option == "bypass":
        if value not in MODES:
            raise TypeError(f"bypass is one of {', '.join(map(repr, MODES))}, not {value!r}")
        return value
    if option == "scope_kwargs":
        return MappingProxyType(copy_of(value, "scope_kwargs"))
    if option == "context":
        from airlock._capturing import check_providers

        return MappingProxyType(check_providers(value))
    if value is None:
        return None
    if option == "policy":
        return check_policy(value)
    return check_executor(value) if option == "executor" else _check_scope_class(value)


def _check_scope_class(value: object) -> type["Scope"]:
    from airlock._scope import Scope

    if not (isinstance(value, type) and issubclass(value, Scope)):
        raise TypeError(f"scope_cls is Scope or a subclass of it, not {value!r}")
    return value
