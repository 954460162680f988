"""The intent: one call that is wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from reprlib import Repr
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from airlock._context import Carrying
from airlock._lock import guard
from airlock._naming import qualified_name, simple_name

if TYPE_CHECKING:
    from uuid import UUID

    from airlock._origin import Origin
    from airlock._policy import Policy


class _Short(Repr):
    def repr_int(self, x: int, level: int) -> str:
        try:
            return super().repr_int(x, level)
        except ValueError:
            # Python refuses to write out what would take it long.
            return f"<int of {x.bit_length()} bits>"


short = _Short()
short.maxstring = short.maxother = short.maxlong = 80
_NOTHING: Mapping[str, Any] = MappingProxyType({})
_RANDOM = ~(0xF << 76 | 0x3 << 62)
_VERSION_4 = 0x4 << 76 | 0x2 << 62
"""The bits of an id that are random, and those that say so."""


class Intent:
    """One call that is wanted: immutable, and equal only to itself.

    `enqueue()` makes intents; build one by hand only to test a policy or an executor.

    Arguments:
        task: What is to be called, or a queue's task object.
        args: Its positional arguments.
        kwargs: Its keyword arguments.
        dispatch_options: What the queue is told besides, such as `{"countdown": 60}`.
        origin: The line that enqueued it, where it is known.
        name: A name to show instead of the task's own.
        context: What it carries for the worker to restore, by the names of the configured providers.
    """

    __slots__ = ("_args", "_id", "_kwargs", "_local_policies", "_name", "_options", "_origin", "_task")

    _id: UUID | None
    _origin: Origin | Carrying | None

    def __init__(
        self,
        task: object,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
        dispatch_options: dict[str, Any] | None = None,
        origin: Origin | None = None,
        name: str | None = None,
        _local_policies: tuple[Policy, ...] = (),
        *,
        context: Mapping[str, Any] | None = None,
    ) -> None:
        self._task = task
        self._id = None
        self._args = args
        self._kwargs = {} if kwargs is None else kwargs
        self._options = dispatch_options
        self._origin = Carrying(origin, context) if context else origin
        self._name = name
        self._local_policies = _local_policies

    @property
    def task(self) -> Any:
        """What is to be called."""
        return self._task

    @property
    def args(self) -> tuple[Any, ...]:
        """The positional arguments."""
        return self._args

    @property
    def kwargs(self) -> Mapping[str, Any]:
        """The keyword arguments, read-only."""
        return MappingProxyType(self._kwargs) if self._kwargs else _NOTHING

    @property
    def dispatch_options(self) -> Mapping[str, Any]:
        """What the queue is told besides, read-only."""
        return MappingProxyType(self._options) if self._options else _NOTHING

    @property
    def origin(self) -> Origin | None:
        """The line that enqueued it; `None` unless `configure(capture_origin=True)`."""
        origin = self._origin
        return origin.origin if isinstance(origin, Carrying) else origin

    def _learn_origin(self, origin: Origin) -> None:
        """Take a line for the one that enqueued it."""
        self._origin = Carrying(origin, self._origin.context) if isinstance(self._origin, Carrying) else origin

    @property
    def context(self) -> Mapping[str, Any]:
        """What it carries of the context it was enqueued in, read-only; nothing unless `configure(context=...)`."""
        carrying = self._origin
        return MappingProxyType(carrying.context) if isinstance(carrying, Carrying) else _NOTHING

    @property
    def name(self) -> str:
        """The task's simple name, such as `send_sms`."""
        if self._name is None:
            self._name = simple_name(self._task)
        return self._name

    @property
    def qualified_name(self) -> str:
        """The task as `module:qualname`."""
        return qualified_name(self._task)

    @property
    def local_policies(self) -> tuple[Policy, ...]:
        """The policies put on the region of code that enqueued it, innermost first."""
        return self._local_policies

    @property
    def id(self) -> UUID:
        """A random UUID, made on first use and the same from then on."""
        return self._id or self._make_id()

    def _make_id(self) -> UUID:
        made = _uuid4()()
        with guard.lock:
            if self._id is None:
                self._id = made
            return self._id

    def passes_local_policies(self) -> bool:
        """Return whether the local policies would allow it, without side effects."""
        from airlock._policy import for_preview

        return all(for_preview(policy).allows(self) for policy in self._local_policies)

    def __str__(self) -> str:
        shown = [short.repr(value) for value in self._args]
        shown += [f"{key}={short.repr(value)}" for key, value in self._kwargs.items()]
        return f"{self.name}({', '.join(shown)})"

    def __repr__(self) -> str:
        return f"<Intent {self}>"


@cache
def _uuid4() -> Callable[[], UUID]:
    """Import what makes ids on first use, since many programs need none, and not again for each intent."""
    from os import urandom
    from uuid import UUID, SafeUUID

    new, put, unknown = UUID.__new__, object.__setattr__, SafeUUID.unknown

    def uuid4() -> UUID:
        # As `uuid.uuid4()`, without the checks that take half of its time before Python 3.14.
        made = new(UUID)
        put(made, "int", int.from_bytes(urandom(16)) & _RANDOM | _VERSION_4)
        put(made, "is_safe", unknown)
        return made

    return uuid4


def listing(intents: list[Intent], limit: int = 5) -> str:
    """Return the intents as text, the first ones whole and the rest counted."""
    shown = ", ".join(str(intent) for intent in intents[:limit])
    return f"{shown} (and {len(intents) - limit} more)" if len(intents) > limit else shown
