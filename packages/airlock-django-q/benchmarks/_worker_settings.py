"""The settings of the worker that is measured, and of the program that sends to it."""

import os
from urllib.parse import urlsplit

_redis = urlsplit(os.environ.get("AIRLOCK_TEST_REDIS_URL", "redis://127.0.0.1:6390/0"))

SECRET_KEY = "only for benchmarks"
USE_TZ = True
INSTALLED_APPS = ["django_q", "airlock.integrations.django_q"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
Q_CLUSTER = {
    "name": "airlock-bench-worker",
    "workers": 1,
    # The process whose time is measured has to last.
    "recycle": 1_000_000,
    "timeout": 20,
    "retry": 60,
    "save_limit": -1,
    "scheduler": False,
    "log_level": "WARNING",
    "redis": {"host": _redis.hostname, "port": _redis.port, "db": 4},
}
