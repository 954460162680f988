"""What keeps the outbox from keeping its promise: nobody sends, rows come too late, commits can be lost."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from django.db import DatabaseError, connections

import airlock
from airlock._executors import find_executor, installed, resolve
from airlock.integrations.django import _checks_middleware as middleware
from airlock.integrations.django._alias import follows_transactions, usual_alias
from airlock.integrations.django._problems import Problem
from airlock.integrations.django._settings import settings

if TYPE_CHECKING:
    from airlock.integrations.django.outbox._settings import OutboxSettings

_RELAYS_ARE_MISSED_AFTER: Final = 60.0
"""How many seconds without a heartbeat are too many, unless three times POLL is longer."""
_AMQP: Final = ("amqp", "pyamqp", "librabbitmq")
_DURABILITY: Final[Mapping[str, Mapping[str, tuple[str, Collection[str], str]]]] = {
    "sqlite": {
        "synchronous": (
            "PRAGMA synchronous",
            ("2", "3"),
            "Set PRAGMA synchronous=FULL in OPTIONS['init_command'].",
        )
    },
    "postgresql": {
        "synchronous_commit": (
            "SHOW synchronous_commit",
            ("on", "local", "remote_write", "remote_apply"),
            "Set synchronous_commit to on.",
        )
    },
    "mysql": {
        "innodb_flush_log_at_trx_commit": (
            "SELECT @@GLOBAL.innodb_flush_log_at_trx_commit",
            ("1",),
            "Set innodb_flush_log_at_trx_commit to 1 in the server's configuration.",
        ),
        # What the binary log does not have is rolled back when the server starts again.
        "sync_binlog": (
            "SELECT IF(@@GLOBAL.log_bin, @@GLOBAL.sync_binlog, 1)",
            ("1",),
            "Set sync_binlog to 1 in the server's configuration.",
        ),
    },
}
"""For each kind of database and setting what to ask, which answers are good, and what to do about others."""


def database_problems(databases: Collection[str]) -> Iterator[Problem]:
    """Find what is wrong with the outbox in the databases that may be asked."""
    outbox = _outbox()
    alias = usual_alias()
    if outbox is None or alias not in databases or not follows_transactions():
        return
    from airlock.integrations.django.outbox.models import OutboxEntry, RelayHeartbeat

    connection = connections[alias]
    # An error would keep `migrate` from making the table.
    tables = connection.introspection.table_names()
    for model in (OutboxEntry, RelayHeartbeat):
        if model._meta.db_table not in tables:
            hint = f"Run `manage.py migrate --database {alias}`."
            message = f"The outbox is turned on, and the database {alias!r} has no table {model._meta.db_table}"
            yield Problem("airlock.W005", message, hint)
            return
    yield from _missed_relays(alias, outbox)
    yield from _forgetful(connection)
    yield from _racing(connection)


def deployment_problems() -> Iterator[Problem]:
    """Find what is wrong with how the project is served, and with the broker."""
    if _outbox() is None:
        return
    yield from _no_rows()
    yield from _late_rows()
    yield from _unconfirmed()


def _outbox() -> OutboxSettings | None:
    found: OutboxSettings | None = None if settings.problems else settings.get("OUTBOX")
    return found


def _missed_relays(alias: str, outbox: OutboxSettings) -> Iterator[Problem]:
    from airlock.integrations.django.outbox import stats

    seen = stats(alias).relay_seen_seconds
    if seen is None or seen > max(3 * outbox.poll, _RELAYS_ARE_MISSED_AFTER):
        since = "No relay runs" if seen is None else f"No relay was seen for {seen:.0f} seconds"
        message = f"{since} on the database {alias!r}, so that what its writers could not send stays in the outbox"
        yield Problem("airlock.W006", message, f"Keep `manage.py airlock_relay --using {alias}` running.")


def _forgetful(connection: Any) -> Iterator[Problem]:
    """Say where a commit that was acknowledged may not survive a power cut."""
    for what, (question, good, hint) in _DURABILITY.get(connection.vendor, {}).items():
        try:
            with connection.cursor() as cursor:
                cursor.execute(question)
                answer = str(cursor.fetchone()[0])
        except DatabaseError:
            continue
        if answer not in good:
            message = (
                f"The database {connection.alias!r} has {what} = {answer}, so that a power cut can take back a commit, "
                "and what the outbox recorded in it"
            )
            yield Problem("airlock.W007", message, hint)


def _racing(connection: Any) -> Iterator[Problem]:
    """Say where SQLite loses commits by itself."""
    from airlock.integrations.django.outbox._sqlite import loses_commits

    if connection.vendor != "sqlite" or not loses_commits(connection.Database.sqlite_version_info):
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        (mode,) = cursor.fetchone()
    if mode == "wal":
        version = ".".join(map(str, connection.Database.sqlite_version_info))
        yield Problem(
            "airlock.W013",
            f"The database {connection.alias!r} is in WAL mode, where SQLite {version} can lose a commit "
            "while several processes write, and what the outbox recorded in it",
            "Use SQLite 3.51.3 or later, or PRAGMA journal_mode=DELETE in OPTIONS['init_command'].",
        )


def _no_rows() -> Iterator[Problem]:
    """Say where scopes know nothing of the outbox."""
    if not follows_transactions():
        name = (airlock.get_configuration().scope_cls or airlock.Scope).__qualname__
        yield Problem(
            "airlock.W012",
            f"The outbox is turned on, and scopes are of the class {name}, which records nothing in it",
            "Leave AIRLOCK['SCOPE'] out, or name a subclass of airlock.integrations.django.DjangoScope.",
        )


def _late_rows() -> Iterator[Problem]:
    """Say where requests record what they want outside the transaction of their view."""
    from django.conf import settings as project

    alias = usual_alias()
    if not (follows_transactions() and middleware.positions(list(project.MIDDLEWARE))):
        return
    consequence = "so that a crash between the commit of a view and the end of its request loses what it wanted"
    if not connections.settings[alias]["ATOMIC_REQUESTS"]:
        hint = (
            f"Set ATOMIC_REQUESTS for {alias!r}, and serve the project by airlock.integrations.django.handlers; "
            "silence this check if each view that matters leaves a scope of its own inside its transaction."
        )
        yield Problem(
            "airlock.W008", f"The scope of a request ends outside any transaction on {alias!r}, {consequence}", hint
        )
        return
    for key in ("WSGI_APPLICATION", "ASGI_APPLICATION"):
        path = getattr(project, key, None)
        if path and _is_served_by_django(path):
            function = f"get_{key[:4].lower()}_application"
            yield Problem(
                "airlock.W009",
                f"{key} is {path!r}, which is not made by airlock's {function}(), {consequence}",
                f"Import {function} from airlock.integrations.django.handlers there.",
            )


def _is_served_by_django(path: str) -> bool:
    """Return whether the module of an application has nothing of our handlers in it."""
    from importlib import import_module

    from airlock.integrations.django import handlers
    from airlock.integrations.django._view_transactions import DecidesInTransaction

    try:
        names = vars(import_module(path.rpartition(".")[0]))
    except Exception:
        # The server says so itself as soon as it starts, and better.
        return False
    ours = (handlers, handlers.get_wsgi_application, handlers.get_asgi_application)
    return not any(value in ours or isinstance(value, DecidesInTransaction) for value in names.values())


def _may_send_to(queue: str) -> bool:
    """Return whether the configured executor, named or given itself, sends to a queue that is loaded."""
    if queue not in sys.modules:
        return False
    executor = resolve(airlock.get_configuration().executor)
    return any(find_executor(name) is executor for name in (queue, "auto") if name in installed())


def _unconfirmed() -> Iterator[Problem]:
    """Say where RabbitMQ is sent messages without being asked whether it has them."""
    queue, cure = "", ""
    if _may_send_to("celery") and _celery_is_not_told():
        queue, cure = "Celery", "Set broker_transport_options = {'confirm_publish': True} in Celery's configuration."
    elif _may_send_to("dramatiq") and _dramatiq_is_not_told():
        queue, cure = "Dramatiq", "Make the broker with RabbitmqBroker(confirm_delivery=True, ...)."
    if queue:
        message = (
            f"{queue} does not ask RabbitMQ whether a message has arrived, so that one that is lost counts as sent"
        )
        yield Problem("airlock.W010", message, cure)


def _celery_is_not_told() -> bool:
    from celery import current_app

    configuration = cast("Any", current_app).conf
    urls = configuration.broker_write_url or configuration.broker_url or "amqp://"
    url = urls if isinstance(urls, str) else next(iter(urls), "")
    options: Mapping[str, Any] = configuration.broker_transport_options or {}
    transport = configuration.broker_transport or url.partition("://")[0]
    return transport in (*_AMQP, "amqps") and not options.get("confirm_publish")


def _dramatiq_is_not_told() -> bool:
    import dramatiq.broker

    from airlock.integrations.executors.dramatiq import confirms_delivery

    # Asking Dramatiq for its broker would make one.
    broker = dramatiq.broker.global_broker
    return broker is not None and not confirms_delivery(broker)
