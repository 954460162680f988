"""The tables of the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from django.db import migrations, models

if TYPE_CHECKING:
    from django.db.migrations.operations.base import Operation


class Migration(migrations.Migration):
    """Make the tables."""

    initial: ClassVar[bool | None] = True
    dependencies: ClassVar[Sequence[tuple[str, str]]] = []
    operations: ClassVar[Sequence[Operation]] = [
        migrations.CreateModel(
            name="RelayHeartbeat",
            fields=[
                ("name", models.CharField(max_length=200, primary_key=True, serialize=False)),
                ("alias", models.CharField(max_length=100)),
                ("started", models.BigIntegerField()),
                ("seen", models.BigIntegerField()),
                ("sent", models.BigIntegerField(default=0)),
                ("failed", models.BigIntegerField(default=0)),
                ("dead", models.BigIntegerField(default=0)),
            ],
            options={
                "verbose_name": "relay heartbeat",
                "verbose_name_plural": "relay heartbeats",
                "db_table": "airlock_outbox_heartbeat",
            },
        ),
        migrations.CreateModel(
            name="InboxEntry",
            fields=[
                ("intent", models.UUIDField(primary_key=True, serialize=False)),
                ("created", models.BigIntegerField()),
            ],
            options={
                "verbose_name": "inbox entry",
                "verbose_name_plural": "inbox entries",
                "db_table": "airlock_outbox_inbox",
                "indexes": [models.Index(fields=["created"], name="airlock_inbox_created")],
            },
        ),
        migrations.CreateModel(
            name="OutboxEntry",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("scope", models.CharField(max_length=32)),
                ("part", models.IntegerField(default=0)),
                ("version", models.SmallIntegerField(default=1)),
                ("audience", models.CharField(blank=True, default="", max_length=64)),
                ("body", models.TextField()),
                ("mac", models.CharField(max_length=64)),
                ("size", models.IntegerField()),
                ("done", models.IntegerField(default=0)),
                (
                    "state",
                    models.SmallIntegerField(choices=[(0, "pending"), (1, "dead letter"), (2, "parked")], default=0),
                ),
                ("attempts", models.IntegerField(default=0)),
                ("due", models.BigIntegerField()),
                ("token", models.CharField(blank=True, default="", max_length=32)),
                ("created", models.BigIntegerField()),
                ("last_error", models.TextField(blank=True, default="")),
            ],
            options={
                "verbose_name": "outbox entry",
                "verbose_name_plural": "outbox entries",
                "db_table": "airlock_outbox_entry",
                "indexes": [
                    models.Index(fields=["state", "due", "id"], name="airlock_outbox_due"),
                    models.Index(fields=["scope", "part"], name="airlock_outbox_scope"),
                ],
            },
        ),
    ]
