"""Relays in this process and in processes of their own, on one database."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings as project
from django.core.management import call_command
from django.db import connections

from outbox_suites.entries import entries, put, sent_in
from outbox_suites.sending import PLACE

TESTS = Path(__file__).parent.parent
PATIENCE = 120.0
HELD = ("-m", "outbox_suites.held_relay")
SETTINGS = {
    "EXECUTOR": "outbox_suites.sending.recorder",
    "OUTBOX": {
        "LEASE": 30,
        "POLL": 0.05,
        "BACKOFF_FIRST": 3600,
        "BACKOFF_MOST": 7200,
        "MAX_ATTEMPTS": 3,
        "TASKS": ["outbox_suites.sending"],
        "EXECUTORS": {name: f"outbox_suites.sending.{name}" for name in ("awaited", "healthy", "many", "vague")},
    },
}


def with_outbox(**outbox):
    """Return AIRLOCK with other values of OUTBOX."""
    return {**SETTINGS, "OUTBOX": {**SETTINGS["OUTBOX"], **outbox}}


def until(condition, what="what was waited for"):
    """Wait for a condition, and return what it returns."""
    end = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < end, f"{what} has not come"
        time.sleep(0.01)
    return found


class Outbox:
    """The outbox in one database, and what its relays have sent."""

    def __init__(self, alias, folder):
        self.alias = alias
        self.folder = folder
        self.record = folder / "record"

    @property
    def connection(self):
        return connections[self.alias]

    def put(self, *arguments, **options):
        return put(self.alias, *arguments, **options)

    def entries(self, **wanted):
        return entries(self.alias, **wanted)

    @property
    def sent(self):
        return sent_in(self.record)

    def sent_of(self, label):
        """Return the numbers that were sent of one scope, in order."""
        return [each.number for each in self.sent if each.label == label]

    def firsts_of(self, label):
        """Return the same, each number where it was sent first."""
        return list(dict.fromkeys(self.sent_of(label)))

    def run_once(self, **options):
        """Run a relay here until nothing is due."""
        call_command("airlock_relay", once=True, using=self.alias, **options)

    def set_switch(self, name):
        (self.folder / name).touch()

    def unset_switch(self, name):
        (self.folder / name).unlink()

    def has_switch(self, name):
        return (self.folder / name).exists()

    @contextmanager
    def relay(self, *arguments, program=("-m", "django", "airlock_relay"), port=None, **outbox):
        """Run a relay in a process of its own, with other values of OUTBOX; the database may have another port."""
        options = connections[self.alias].settings_dict
        kept = ("ENGINE", "NAME", "HOST", "PORT", "USER", "PASSWORD", "OPTIONS")
        database = {name: options[name] for name in kept}
        if port is not None:
            database.update(HOST="127.0.0.1", PORT=port)
        configured = project.AIRLOCK
        environment = {
            **os.environ,
            PLACE: str(self.record),
            "AIRLOCK_OUTBOX_DATABASE": json.dumps({"default": {}, self.alias: database}),
            "AIRLOCK_OUTBOX_SETTINGS": json.dumps({**configured, "OUTBOX": {**configured["OUTBOX"], **outbox}}),
            "DJANGO_SETTINGS_MODULE": "outbox_suites.relay_settings",
            "PYTHONPATH": str(TESTS),
        }
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *program, "--using", self.alias, *arguments],
                env=environment,
                stdout=log,
                stderr=log,
            )
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.send_signal(signal.SIGCONT)
                    process.kill()
                process.wait(PATIENCE)

    def is_empty(self):
        """Return whether nothing is left."""
        return not self.entries()

    @property
    def log(self):
        file = self.folder / "log"
        return file.read_text() if file.exists() else ""
