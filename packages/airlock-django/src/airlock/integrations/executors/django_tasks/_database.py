"""The backend of django-tasks-db: many tasks as one insert, in the place of its own loop of single ones.

This fills the columns that the backend itself fills. Where it is no longer what is known here, or was changed by a
subclass, `keeps_rows` says no, and its own method is called for each task.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from django.db import IntegrityError, connections, router
from django.db.models.signals import post_save, pre_save
from django.db.transaction import atomic
from django.utils.module_loading import import_string

from airlock.integrations.executors import Prepared, mark_uncertain
from airlock.integrations.executors.django_tasks._frameworks import framework_of, module_of

if TYPE_CHECKING:
    from airlock.integrations.executors.django_tasks._message import Message

_COLUMNS = {
    "args_kwargs",
    "backend_name",
    "enqueued_at",
    "exception_class_path",
    "finished_at",
    "id",
    "priority",
    "queue_name",
    "return_value",
    "run_after",
    "started_at",
    "status",
    "task_path",
    "traceback",
    "worker_ids",
}
_ROWS = 1000
_CHARACTERS = 16_000_000
_MANY_DIGITS = re.compile(r"\d{19}")


def keeps_rows(backend: Any) -> bool:
    """Return whether a backend is that of django-tasks-db, and its rows can be inserted without it."""
    return _is_known(cast("Any", type(backend))) and not backend.options.get("id_function")


def check_task(task: Any) -> None:
    """Check that a worker will find a task, which the backend itself only does once the row is there.

    Raises:
        ValueError: What is found under its name is something else, or nothing.
    """
    path = task.module_path
    try:
        found = import_string(path)
    except ImportError:
        found = None
    # The main module of a worker is another one.
    if framework_of(found) is None or path.startswith("__main__."):
        raise ValueError(f"a worker would find no task under {path}: use @task at the top level of a module")


def check_text(text: str) -> None:
    """Check that the database can hold arguments.

    Raises:
        ValueError: They have a character that it refuses, or a number that it would round.
    """
    if "\\u0000" in text and connections[_database()].vendor == "postgresql" and "\\u0000" in text.replace(r"\\", ""):
        raise ValueError("PostgreSQL has no character NUL in its JSON")
    if _MANY_DIGITS.search(text):
        connection: Any = connections[_database()]
        if connection.vendor == "mysql" and not connection.mysql_is_mariadb:
            json.loads(text, parse_int=_check_integer)


def _check_integer(digits: str) -> None:
    if not -(2**63) <= int(digits) < 2**64:
        raise ValueError("MySQL has no integer of more than 64 bits in its JSON")


def insert(batch: Sequence[Prepared[Message]]) -> Iterator[Any]:
    """Insert a batch in one transaction, or under a savepoint of the caller's, and yield the result of each task.

    A row has the id of its intent, so one that is sent again is there once.
    """
    intents = [intent for intent, _ in batch]
    rows = {intent.id: _row(intent.id, message) for intent, message in batch}
    longest = max(message.size for _, message in batch)
    size = max(1, min(_ROWS, _CHARACTERS // (longest or 1)))
    try:
        _insert(intents, [*rows.values()], size)
    except IntegrityError:
        there = _model().objects.using(_database()).in_bulk([*rows])
        if not there:
            raise
        rows.update(there)
        _insert(intents, [row for row in rows.values() if row.pk not in there], size)
    try:
        results, errors = _announce(batch, [rows[intent.id] for intent in intents])
    except BaseException as error:
        mark_uncertain(error, intents)
        raise
    yield from results
    if errors:
        raise errors[0]


@cache
def _is_known(backend_class: Any) -> bool:
    module = "django_tasks_db.backend"
    methods = [getattr(backend_class, name, None) for name in ("enqueue", "_task_to_db_task", "_get_id")]
    if any(getattr(method, "__module__", None) != module for method in methods):
        return False
    return {field.attname for field in _model()._meta.concrete_fields} == _COLUMNS


def _model() -> Any:
    return import_module("django_tasks_db.models").DBTaskResult


def _database() -> str:
    return router.db_for_write(_model())


def _row(key: object, message: Message) -> Any:
    task = message.task
    return _model()(
        id=key,
        args_kwargs={"args": message.args, "kwargs": message.kwargs},
        priority=task.priority,
        task_path=task.module_path,
        queue_name=task.queue_name,
        run_after=task.run_after,
        backend_name=message.backend.alias,
    )


def _insert(intents: Sequence[Any], rows: list[Any], size: int) -> None:
    model, database = _model(), _database()
    alone = not connections[database].in_atomic_block
    uncertain = False
    try:
        with atomic(using=database):
            for row in rows:
                pre_save.send(model, instance=row, raw=False, using=database, update_fields=None)
            model.objects.using(database).bulk_create(rows, batch_size=size)
            uncertain = alone
    except BaseException as error:
        # Before the commit nothing counts, and whether one arrived that was never answered is unknown.
        mark_uncertain(error, intents if uncertain else [])
        _drop_if_lost(connections[database])
        raise


def _drop_if_lost(connection: Any) -> None:
    """Let the next flush have a new connection: Django itself looks for lost ones only between two requests."""
    if not connection.in_atomic_block and connection.connection is not None and not connection.is_usable():
        connection.close()


def _announce(batch: Sequence[Prepared[Message]], rows: list[Any]) -> tuple[list[Any], list[Exception]]:
    """Send the signals that the backend would have sent; a receiver that fails does not undo what is committed."""
    model, database = _model(), _database()
    enqueued = module_of(batch[0].message.task, "signals").task_enqueued
    results: list[Any] = []
    errors: list[Exception] = []
    for (_, message), row in zip(batch, rows, strict=True):
        results.append(row.task_result)
        try:
            post_save.send(model, instance=row, created=True, update_fields=None, raw=False, using=database)
            enqueued.send(type(message.backend), task_result=results[-1])
        except Exception as error:
            errors.append(error)
    return results, errors
