"""The smallest project with a cluster, shared by the tests and the worker processes they start."""

import os
from pathlib import Path
from urllib.parse import urlsplit

FOLDER = Path(os.environ["AIRLOCK_DJANGO_Q_FOLDER"])
BROKER = os.environ.get("AIRLOCK_DJANGO_Q_BROKER", "orm")
REDIS_URL = os.environ.get("AIRLOCK_TEST_REDIS_URL", "redis://127.0.0.1:6390/0")
POSTGRES_URL = os.environ.get("AIRLOCK_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5442/postgres")

_redis = urlsplit(REDIS_URL)
_postgres = urlsplit(POSTGRES_URL)

# A database of our own, so that suites of several packages can run side by side.
REDIS = {"host": _redis.hostname, "port": _redis.port or 6379, "db": 4, "socket_timeout": 5}

SECRET_KEY = "only for tests"
USE_TZ = True
INSTALLED_APPS = ["django_q"]
# Creating the tables from the models takes a moment, running all migrations takes seconds.
MIGRATION_MODULES = {"django_q": None}
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
DATABASES = {
    "default": {
        "ENGINE": "django_q_project.immediate",
        "NAME": FOLDER / "queue.sqlite3",
        "OPTIONS": {"timeout": 20},
    },
    "postgres": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "airlock_django_q",
        "HOST": _postgres.hostname,
        "PORT": _postgres.port or 5432,
        "USER": _postgres.username or "postgres",
        "PASSWORD": _postgres.password or "",
        "OPTIONS": {"connect_timeout": 5},
    },
}
# Workers keep there what the tests ask for.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": FOLDER / "cache"}}
Q_CLUSTER = {
    "name": "airlock",
    "workers": 1,
    "timeout": 20,
    "retry": 60,
    "poll": 0.02,
    "guard_cycle": 0.05,
    "log_level": "WARNING",
    **{"orm": {"orm": "default"}, "postgres": {"orm": "postgres"}, "redis": {"redis": REDIS}}[BROKER],
}
