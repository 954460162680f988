"""The pages of the outbox in Django's admin, without a browser, in a project with two databases."""

import json

from startable import Project

SETTINGS = """
DATABASES["other"] = {"ENGINE": "django.db.backends.sqlite3", "NAME": Path(__file__).with_name("other.sqlite3")}
INSTALLED_APPS += [
    "airlock.integrations.django.outbox",
    *(f"django.contrib.{name}" for name in ("admin", "auth", "contenttypes", "sessions", "messages")),
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
PROCESSORS = [
    "django.template.context_processors.request",
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": PROCESSORS},
    }
]
AIRLOCK = {"USING": "other", "OUTBOX": {}}
"""
URLS = """
from django.contrib import admin
from django.urls import path

urlpatterns = [path("admin/", admin.site.urls)]
"""
LOOK = """
import json

import django
from django.core.management import call_command
from django.test import Client
from django.test.utils import setup_test_environment

django.setup()
setup_test_environment()
for alias in ("default", "other"):
    call_command("migrate", database=alias, verbosity=0, skip_checks=True)

from django.contrib.auth.models import User

from airlock.integrations.django.outbox import _admin
from airlock.integrations.django.outbox.models import OutboxEntry, RelayHeartbeat

_admin._AT_ONCE = 3
entries = OutboxEntry.objects.using("other")
entries.bulk_create(OutboxEntry(scope="s", body="[]", mac="", size=1, state=1, due=1, created=1) for _ in range(7))
RelayHeartbeat.objects.using("other").create(name="relay of other", alias="other", started=1, seen=1)
client = Client()
client.force_login(User.objects.create_superuser("operator"))
pages = "/admin/airlock_outbox"
first = entries.first().id
choice = {"action": "retry", "select_across": "1", "index": "0", "_selected_action": first}
answer = client.post(f"{pages}/outboxentry/", choice, follow=True)
found = {
    "listed": client.get(f"{pages}/outboxentry/").content.count(b'class="action-select"'),
    "shown": client.get(f"{pages}/outboxentry/{first}/change/").status_code,
    "relays": client.get(f"{pages}/relayheartbeat/").content.count(b"relay of other"),
    "said": [str(message) for message in answer.context["messages"]],
    "states": sorted(entries.values_list("state", flat=True)),
}
print(json.dumps(found))
"""


def test_the_pages_are_about_the_database_that_the_settings_name(tmp_path):
    project = Project(tmp_path)
    project.settings(SETTINGS)
    project.write("site_urls.py", URLS)
    project.write("look.py", LOOK)
    run = project.python("look.py", DJANGO_SETTINGS_MODULE="site_settings")
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == {
        "listed": 7,
        "shown": 200,
        "relays": 1,
        "said": ["7 entries will be sent."],
        "states": [0] * 7,
    }
