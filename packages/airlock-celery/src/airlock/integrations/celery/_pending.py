"""What a call returns whose message is not sent yet."""

from __future__ import annotations

from typing import Any

from celery.result import AsyncResult, EagerResult
from celery.states import SUCCESS

from airlock import Intent, Scope, UsageError
from airlock.integrations.celery._base import CeleryResult


class PendingResult(CeleryResult):
    """The result of a call that waits in a scope; from the moment it is sent it is Celery's own.

    Its `id` is the one that the message will have. Whatever asks the result backend, such as `get()`, `state` or
    `ready()`, raises `UsageError` until the message is sent: nothing runs before.

    Attributes:
        intent: What was enqueued.
    """

    def __init__(self, intent: Intent, scope: Scope, task: Any, task_id: str) -> None:
        super().__init__(task_id, backend=task.backend, task_name=task.name, app=task.app)
        self.intent = intent
        self._in_scope = scope

    def get(self, *args: Any, **kwargs: Any) -> Any:
        """Wait for the result and return it.

        Raises:
            UsageError: The message is not sent.
        """
        return self._sent().get(*args, **kwargs)

    wait = get

    def _get_task_meta(self) -> Any:
        return self._sent()._get_task_meta()

    def _sent(self) -> Any:
        scope: Scope | None = self._in_scope
        while scope is not None:
            if self.intent in scope.results:
                result = scope.results[self.intent]
                # The executor `sync` has called the task, and this is what that returned.
                return result if isinstance(result, AsyncResult) else EagerResult(self.id, result, SUCCESS)
            scope = scope.parent
        raise UsageError(
            f"{self.intent.name} [{self}] is not sent: {self._why()}. "
            "Ask for its state or result after the scope that it was called in.",
            intent=self.intent,
            scope=self._in_scope,
        )

    def _why(self) -> str:
        scope: Scope | None = self._in_scope
        while scope is not None:
            if scope.is_active:
                return "the scope around the call decides about it when it ends"
            if scope.is_discarded:
                return "the scope around the call was discarded, since its work failed"
            for verdict in scope.dropped:
                if verdict.intent is self.intent:
                    return f"{verdict.policy!r} has dropped it"
            if self.intent in scope.undispatched:
                return "it still waits for the transaction, or sending it has failed"
            scope = scope.parent
        return "the scope around the call has not decided about it yet"

    def __copy__(self) -> Any:
        return AsyncResult(self.id, self.backend, None, self.app, self.parent)

    def __reduce__(self) -> Any:
        return AsyncResult, self.__reduce_args__()
