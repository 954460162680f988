"""What the classes are built on.

Celery gives an app the class `DjangoTask`, with `delay_on_commit`, only where nobody chose another one. So ours is
built on it wherever Django is installed: whether this program is a Django project may be decided after this import.

Celery has no types. For type checkers its classes are here what ours need of them, and otherwise anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:

    class CeleryTask:
        """A task of Celery."""

        name: str
        request_stack: Any
        run: Any

        def apply_async(
            self,
            args: Any = None,
            kwargs: Any = None,
            task_id: str | None = None,
            producer: Any = None,
            link: Any = None,
            link_error: Any = None,
            shadow: str | None = None,
            **options: Any,
        ) -> Any: ...

        def __call__(self, *args: Any, **kwargs: Any) -> Any: ...

        def __getattr__(self, name: str) -> Any: ...

    class CeleryResult:
        """A result of Celery."""

        id: str
        app: Any
        backend: Any
        parent: Any

        def __init__(
            self, task_id: str, backend: Any = None, task_name: str | None = None, app: Any = None, parent: Any = None
        ) -> None: ...

        def __getattr__(self, name: str) -> Any: ...

    class Mixin(CeleryTask):
        """What is mixed into a class of tasks."""

else:
    from celery.result import AsyncResult as CeleryResult

    Mixin = object
    try:
        from celery.contrib.django.task import DjangoTask as CeleryTask
    except ImportError:
        from celery import Task as CeleryTask

__all__ = ["CeleryResult", "CeleryTask", "Mixin"]
