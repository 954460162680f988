"""A site with Django's admin and an outbox of many entries: outbox_site.py FOLDER COUNT, which prints its port."""

import json
import socketserver
import sys
from pathlib import Path
from uuid import uuid4
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import django
from django.conf import settings

FOLDER, COUNT = Path(sys.argv[1]), int(sys.argv[2])
APPS = ["admin", "auth", "contenttypes", "messages", "sessions", "staticfiles"]

settings.configure(
    AIRLOCK={"OUTBOX": {}},
    ALLOWED_HOSTS=["127.0.0.1"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(FOLDER / "site.sqlite3")}},
    INSTALLED_APPS=[
        "airlock.integrations.django",
        "airlock.integrations.django.outbox",
        *(f"django.contrib.{app}" for app in APPS),
    ],
    LOGIN_URL="/admin/login/",
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ],
    # Its hashes are slow on purpose, and nobody attacks this site.
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="a key for a test",
    STATIC_URL="/static/",
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
    USE_TZ=True,
    # The migrations of the others take seconds.
    MIGRATION_MODULES=dict.fromkeys(APPS),
)
django.setup()

from django.contrib import admin  # noqa: E402 (Django has to be set up)
from django.contrib.auth.models import Permission, User  # noqa: E402
from django.contrib.staticfiles.handlers import StaticFilesHandler  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.urls import path  # noqa: E402

from airlock.integrations.django.outbox.models import OutboxEntry, RelayHeartbeat, State  # noqa: E402

urlpatterns = [path("admin/", admin.site.urls)]
NOW = 1_790_000_000_000
ERRORS = {
    State.DEAD: "ConnectionRefusedError in send_receipt",
    State.PARKED: "its signature is not that of this site",
}


class ThreadedServer(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True


class SilentHandler(WSGIRequestHandler):
    def log_message(self, *_: object) -> None: ...


def state_of(number: int) -> State:
    """Return a state: of a hundred entries, five are dead letters and two are parked."""
    return State.DEAD if number % 100 < 5 else State.PARKED if number % 100 < 7 else State.PENDING


def entry(number: int) -> OutboxEntry:
    """Return an entry of a shop."""
    state = state_of(number)
    intent = {"id": uuid4().hex, "task": "shop.tasks.send_receipt", "args": [number, "a secret"], "kwargs": {}}
    return OutboxEntry(
        scope=uuid4().hex,
        body=json.dumps([intent]),
        mac="0" * 64,
        size=1,
        state=state,
        attempts=5 if state is State.DEAD else 0,
        due=NOW + number * 1000,
        created=NOW + number * 1000,
        last_error=ERRORS.get(state, ""),
    )


def fill() -> None:
    call_command("migrate", run_syncdb=True, verbosity=0)
    OutboxEntry.objects.bulk_create([entry(number) for number in range(COUNT)], batch_size=500)
    RelayHeartbeat.objects.create(name="desk:4711:0a1b2c3d", alias="default", started=NOW, seen=NOW + 9000, sent=1234)
    User.objects.create_superuser("operator", password="operator")
    visitor = User.objects.create_user("visitor", password="visitor", is_staff=True)
    visitor.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))


if __name__ == "__main__":
    fill()
    application = StaticFilesHandler(get_wsgi_application())
    with make_server("127.0.0.1", 0, application, ThreadedServer, SilentHandler) as server:
        print(server.server_port, flush=True)
        server.serve_forever()
