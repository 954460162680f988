"""What a test sees of a message in the queue."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple


class Queued(NamedTuple):
    """A message as it lies in the queue, read without the executor.

    Attributes:
        task: The name of its task; only what follows the last dot or colon is compared.
        args: The positional arguments, decoded as the worker would.
        kwargs: The keyword arguments, decoded likewise.
        id: The id of the message, where the sender chooses it.
        options: The dispatch options that the message shows, in the terms in which a caller gives them.
        context: What the message carries of its intent's context.
    """

    task: str
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = MappingProxyType({})
    id: str | None = None
    options: Mapping[str, Any] = MappingProxyType({})
    context: Mapping[str, Any] = MappingProxyType({})

    @property
    def name(self) -> str:
        """The simple name of the task."""
        return self.task.replace(":", ".").rpartition(".")[2]
