"""The settings of the worker that is measured, and of the program that sends to it."""

import os

SECRET_KEY = "only for benchmarks"
USE_TZ = True
INSTALLED_APPS = ["airlock.integrations.django", "django_tasks_db"]
MIGRATION_MODULES = {"django_tasks_database": None}
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ["AIRLOCK_BENCH_DATABASE"],
        "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE"},
    }
}
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
AIRLOCK = {"TASK_SCOPES": True}
