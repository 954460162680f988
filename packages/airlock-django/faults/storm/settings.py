"""The settings: the databases of the tests, one of which is the storm's."""

import os
import sys
from pathlib import Path
from sqlite3 import sqlite_version_info

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

from django_project.settings import DATABASES as KNOWN

from airlock.integrations.django.outbox._sqlite import loses_commits

SERVER = os.environ["FAULTS_DATABASE"]
FOLDER = Path(os.environ["FAULTS_FOLDER"])
NAME = os.environ.get("FAULTS_NAME")
"""What the database is called, where it has been made already."""
# A storm might find what SQLite loses by itself.
JOURNAL = os.environ.get("FAULTS_JOURNAL") or ("DELETE" if loses_commits(sqlite_version_info) else "WAL")

_database = {**KNOWN["default" if SERVER == "sqlite" else SERVER]}
if SERVER == "sqlite":
    _database["NAME"] = FOLDER / "storm.sqlite3"
    _database["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": f"PRAGMA journal_mode={JOURNAL}; PRAGMA synchronous=NORMAL",
    }
else:
    _database["NAME"] = NAME or _database["NAME"]
_database["TEST"] = {"NAME": _database["NAME"] if SERVER == "sqlite" else f"airlock_storm_{os.getpid()}"}
DATABASES = {"default": _database, "witness": {**_database, "TEST": {"MIRROR": "default"}}}

INSTALLED_APPS = ["airlock.integrations.django", "airlock.integrations.django.outbox", "storm"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SECRET_KEY = "a key for storms"
USE_TZ = True

AIRLOCK = {
    "EXECUTOR": "storm.recorder.executor",
    "OUTBOX": {
        "LEASE": 1.5,
        "BUDGET": 0.25,
        "MAX_ATTEMPTS": int(os.environ.get("FAULTS_ATTEMPTS", "12")),
        "BACKOFF_FIRST": 0.05,
        "BACKOFF_MOST": 0.5,
        "POLL": 0.1,
        "BATCH": 20,
        # Small ones, so that most scopes are more than one entry.
        "CHUNK_INTENTS": int(os.environ.get("FAULTS_CHUNK", "4")),
        "TASKS": ["storm.recorder.effect"],
    },
}
LOGGING = {
    "version": 1,
    "handlers": {"file": {"class": "logging.FileHandler", "filename": FOLDER / "log"}},
    "loggers": {"airlock": {"handlers": ["file"], "level": "INFO"}},
}
