"""Where Django looks for the pages of the admin."""

from django.contrib import admin

from airlock.integrations.django.outbox._admin import OutboxEntryAdmin, RelayHeartbeatAdmin
from airlock.integrations.django.outbox.models import OutboxEntry, RelayHeartbeat

admin.site.register(OutboxEntry, OutboxEntryAdmin)
admin.site.register(RelayHeartbeat, RelayHeartbeatAdmin)
