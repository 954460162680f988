"""The pages of the outbox in Django's admin: to look at, to retry and to park."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin, messages
from django.utils import timezone
from django.utils.html import format_html, format_html_join

from airlock.integrations.django._alias import usual_alias
from airlock.integrations.django.outbox import _operator as operator
from airlock.integrations.django.outbox._clock import moment
from airlock.integrations.django.outbox.models import OutboxEntry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.db.models import QuerySet
    from django.http import HttpRequest

    _ModelAdmin = admin.ModelAdmin[Any]
else:
    _ModelAdmin = admin.ModelAdmin

MAY_CHANGE = "airlock_outbox.change_outboxentry"
_AT_ONCE = 10_000
"""How many entries one statement may name."""


def _time(column: str, description: str) -> Callable[[Any, Any], str]:
    """Return a column that shows milliseconds since the epoch as a time of the project's time zone."""

    @admin.display(description=description, ordering=column)
    def show(_: Any, row: Any) -> str:
        stored = getattr(row, column)
        at = moment(stored)
        shown = f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}" if at else str(stored)
        return format_html('<span class="nowrap">{}</span>', shown)

    return show


class _ReadOnly(_ModelAdmin):
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return what is in the database that effects are recorded in, wherever a router would look."""
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.using(usual_alias())

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Say no."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Say no."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Say no."""
        return False


class OutboxEntryAdmin(_ReadOnly):
    """Entries: who may change them may retry and park them, and nobody may do anything else."""

    actions = ("retry", "park")
    list_display = ("id", "state", "last_error", "attempts", "left", "created_at", "due_at")
    list_filter = ("state",)
    ordering = ("-id",)
    search_fields = ("=scope", "last_error")
    fields = (
        *("id", "state", "tasks", "arguments", "last_error", "attempts", "created_at", "due_at"),
        *("size", "done", "scope", "part", "audience", "version", "token"),
    )
    readonly_fields = ("created_at", "due_at", "tasks", "arguments")

    created_at = _time("created", "recorded")
    due_at = _time("due", "due")

    def get_queryset(self, request: HttpRequest) -> QuerySet[OutboxEntry]:
        """Return entries; a list of them does without what may be long."""
        entries = super().get_queryset(request)
        name = None if request.resolver_match is None else request.resolver_match.url_name
        return entries.defer("body", "mac") if name is not None and name.endswith("_changelist") else entries

    def has_settle_permission(self, request: HttpRequest) -> bool:
        """Return whether a user may retry and park."""
        return bool(cast("Any", request).user.has_perm(MAY_CHANGE))

    @admin.action(description="Retry: have them sent at once", permissions=["settle"])
    def retry(self, request: HttpRequest, entries: QuerySet[OutboxEntry]) -> None:
        """Have entries sent at once."""
        self._tell(request, sum(map(operator.retry, _by_id(entries))), "will be sent")

    @admin.action(description="Park: do not send them until they are retried", permissions=["settle"])
    def park(self, request: HttpRequest, entries: QuerySet[OutboxEntry]) -> None:
        """Keep entries from being sent."""
        self._tell(request, sum(map(operator.park, _by_id(entries))), "parked")

    @admin.display(description="intents left")
    def left(self, entry: OutboxEntry) -> int:
        """Return how many intents are not accounted for."""
        return entry.size - entry.done

    @admin.display(description="tasks")
    def tasks(self, entry: OutboxEntry) -> str:
        """Return which tasks an entry is about."""
        return operator.tasks(operator.contents(entry)) or "cannot be read"

    @admin.display(description="arguments")
    def arguments(self, entry: OutboxEntry) -> str:
        """Return the arguments, out of sight until they are asked for."""
        rows = ((content.id, content.task, content.arguments) for content in operator.contents(entry))
        listed = format_html_join("", "<li>{} {}: <code>{}</code></li>", rows)
        return format_html("<details><summary>show, they may be confidential</summary><ul>{}</ul></details>", listed)

    def _tell(self, request: HttpRequest, count: int, what: str) -> None:
        noun = "entry" if count == 1 else "entries"
        self.message_user(request, f"{count} {noun} {what}.", messages.SUCCESS if count else messages.WARNING)


class RelayHeartbeatAdmin(_ReadOnly):
    """Relays that have left a heartbeat."""

    list_display = ("name", "alias", "started_at", "seen_at", "sent", "failed", "dead")
    ordering = ("-seen",)
    fields = list_display
    readonly_fields = ("started_at", "seen_at")

    started_at = _time("started", "started")
    seen_at = _time("seen", "last seen")


def _by_id(entries: QuerySet[OutboxEntry]) -> Iterator[QuerySet[OutboxEntry]]:
    """Yield the same entries without the order and the limits of a page, so that they can be updated."""
    ids = list(entries.order_by().values_list("id", flat=True))
    for start in range(0, len(ids), _AT_ONCE):
        yield OutboxEntry.objects.using(entries.db).filter(id__in=ids[start : start + _AT_ONCE])
